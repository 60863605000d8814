// What many measurements of one thing come to.

/** The value that `share` of the values do not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** p50 and p99 of latencies, as values of a figure; `name` goes in front where a figure has several. */
export function latencies(values: readonly number[], name = ''): Record<string, number> {
  return { [`${name}p50_ms`]: median(values), [`${name}p99_ms`]: percentile(values, 0.99) }
}

export const perSecond = (count: number, ms: number): number => (count / ms) * 1000

/** How much y grows with each x: the slope of the line of least squares. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x0, y0] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))]
  const covariance = points.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0)
  return covariance / points.reduce((sum, { x }) => sum + (x - x0) ** 2, 0)
}
