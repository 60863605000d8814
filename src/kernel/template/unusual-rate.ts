// When instant runs come at a rate that somebody should look at.

const hourMs = 3_600_000

export const watchedMs = hourMs
/** Long enough to hold four of each day of the week. */
export const usualOverMs = 28 * 24 * hourMs

/**
 * The mean is over all hours, and work is done in about a quarter of them: ten times the mean is more than twice a busy hour.
 */
const timesUsual = 10
/** One every two minutes: fewer are what somebody with a form in front of them can do. */
const floorPerHour = 30
/** A template of this morning has no mean yet. */
const shortestMs = 24 * hourMs

export interface Rate {
  /** Instant runs in the hour that ends now, this one included. */
  readonly runs: number
  /** Those in the 28 days before that hour. */
  readonly before: number
  /** For how long there could have been any. */
  readonly knownMs: number
}

/** Runs in an hour that need no second look, whatever is usual. */
export const neverUnusual = floorPerHour

/** The mean of an hour, and whether this one is unusual: above ten times the mean, and above thirty. */
export function judgeRate({ runs, before, knownMs }: Rate): { readonly usual: number; readonly isUnusual: boolean } {
  const overMs = Math.min(usualOverMs, Math.max(shortestMs, knownMs - watchedMs))
  const usual = (before * hourMs) / overMs
  return { usual, isUnusual: runs > Math.max(floorPerHour, timesUsual * usual) }
}
