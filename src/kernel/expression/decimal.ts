// Exact arithmetic on the decimal text of a number: 1.005 rounds to 1.01 and 0.1 + 0.2 is 0.3.

/** digits / 10^scale, exactly what `String(number)` shows. */
interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

/** Rounds half away from zero (java.math.RoundingMode.HALF_UP) to `places` decimals; negative places round to tens. */
export function roundDecimal(value: number, places: number): number {
  const { digits, scale } = toDecimal(value)
  if (scale <= places) return value
  const divisor = 10n ** BigInt(scale - places)
  const magnitude = digits < 0n ? -digits : digits
  const rounded = (magnitude + divisor / 2n) / divisor
  return toNumber({ digits: digits < 0n ? -rounded : rounded, scale: places })
}

/** The sum of the decimal texts, rounded to a double once, at the end. */
export function sumDecimals(values: readonly number[]): number {
  if (!values.every(Number.isFinite)) return values.reduce((total, value) => total + value, 0)
  // One sum for each scale: 1e300 among a hundred thousand small numbers must not make each addition 300 digits long.
  const sums = new Map<number, bigint>([[0, 0n]])
  for (const { digits, scale } of values.map(toDecimal)) sums.set(scale, (sums.get(scale) ?? 0n) + digits)
  const finest = Math.max(...sums.keys())
  const digits = [...sums].reduce((total, [scale, sum]) => total + sum * 10n ** BigInt(finest - scale), 0n)
  return toNumber({ digits, scale: finest })
}

/** `value` is finite. The scale is negative for numbers that are written with a positive exponent. */
function toDecimal(value: number): Decimal {
  const text = String(value)
  const [exponentAt, dotAt] = [text.indexOf('e'), text.indexOf('.')]
  const mantissa = exponentAt < 0 ? text : text.slice(0, exponentAt)
  const exponent = exponentAt < 0 ? 0 : Number(text.slice(exponentAt + 1))
  const decimals = dotAt < 0 ? 0 : mantissa.length - dotAt - 1
  return { digits: BigInt(mantissa.replace('.', '')), scale: decimals - exponent }
}

function toNumber({ digits, scale }: Decimal): number {
  return Number(`${digits}e${-scale}`)
}
