// Durations: read from text, written for people.

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const week = 7 * day

/** Ten years, leap days included. */
const longestMs = 3653 * day

const number = String.raw`(\d+(?:\.\d+)?)`
const shortForm = new RegExp(
  `^(?:${number}w)?(?:${number}d)?(?:${number}h)?(?:${number}m)?(?:${number}s)?(?:${number}ms)?$`,
)
const shortUnits = [week, day, hour, minute, second, 1]
const isoWeeks = new RegExp(`^P${number}W$`)
const isoForm = new RegExp(`^P(?:${number}D)?(?:T(?=\\d)(?:${number}H)?(?:${number}M)?(?:${number}S)?)?$`)
const isoUnits = [day, hour, minute, second]

/**
 * Reads a duration and returns milliseconds, rounded to a whole one; undefined when the text is none or is longer than
 * ten years. Forms: `500ms`, `30s`, `5m`, `48h`, `2d`, `1w`, larger units first (`1h30m`), and ISO 8601 (`PT5M`, `P1D`).
 * A year or a month of ISO 8601 is refused: its length depends on when it starts. A day is always 24 hours.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64) return undefined
  const total =
    sum(shortForm.exec(text), shortUnits) ?? sum(isoForm.exec(text), isoUnits) ?? sum(isoWeeks.exec(text), [week])
  return total === undefined || total > longestMs ? undefined : Math.round(total)
}

function sum(match: RegExpExecArray | null, units: readonly number[]): number | undefined {
  if (match === null) return undefined
  const [, ...parts] = match
  // A part is undefined where its unit is absent; with all of them absent ("", "P") there is no duration.
  if (parts.every((part) => part === undefined)) return undefined
  return units.reduce((total, unit, position) => total + Number(parts[position] ?? 0) * unit, 0)
}

const pairs = [
  { unit: 'd', ms: day, below: 'h', belowMs: hour },
  { unit: 'h', ms: hour, below: 'min', belowMs: minute },
  { unit: 'min', ms: minute, below: 's', belowMs: second },
] as const

/**
 * Writes milliseconds with units, the two largest that count, cut and not rounded: `5 h 42 min`, `2 d 3 h`, `12 s`.
 * Below ten seconds with tenths (`1.5 s`), below one second in milliseconds (`450 ms`).
 */
export function formatDuration(ms: number): string {
  const total = Math.abs(Math.round(ms))
  return (ms < 0 && total > 0 ? '−' : '') + withUnits(total)
}

function withUnits(total: number): string {
  if (total < second) return `${total} ms`
  if (total < 10 * second) return `${Math.floor(total / 100) / 10} s`
  const pair = pairs.find(({ ms }) => total >= ms)
  if (pair === undefined) return `${Math.floor(total / second)} s`
  const rest = Math.floor((total % pair.ms) / pair.belowMs)
  return `${Math.floor(total / pair.ms)} ${pair.unit}${rest > 0 ? ` ${rest} ${pair.below}` : ''}`
}
