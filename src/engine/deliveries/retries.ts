// When a delivery is tried again, and when its subscription is given up.

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** The waits after the first try, the second, and so on; after the last one it has failed. About 31 hours in all. */
const waitsMs = [5 * second, 30 * second, 2 * minute, 10 * minute, hour, 6 * hour, 24 * hour]

/** Up to so much of a wait is added, so that what failed together does not come back together. */
const jitter = 0.2

/** Failing for so long, and never once succeeding, disables a subscription. */
export const patienceMs = 5 * 24 * hour

/** How long to wait after so many tries; undefined when there is none left. `chance` is from 0 to 1. */
export function waitAfter(tries: number, chance: number): number | undefined {
  const wait = waitsMs[tries - 1]
  return wait === undefined ? undefined : Math.round(wait * (1 + jitter * chance))
}
