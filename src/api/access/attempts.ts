// How often somebody may try in a row: guesses at a password, requests for mail.

interface Count {
  readonly since: number
  used: number
}

const mostKeys = 50_000

/** Counts in windows: of each key `most` attempts in `windowMs`. */
export class Attempts {
  private readonly now: () => number
  private readonly windowMs: number
  private readonly counts = new Map<string, Count>()

  constructor(now: () => number, windowMs: number) {
    this.now = now
    this.windowMs = windowMs
  }

  /** Takes one of each key; false, and takes none, when one of them is used up. Keys map to how many they have. */
  take(keys: Readonly<Record<string, number>>): boolean {
    const counts = Object.entries(keys).map(([key, most]) => ({ count: this.count(key), most }))
    if (counts.some(({ count, most }) => count.used >= most)) return false
    for (const { count } of counts) count.used += 1
    return true
  }

  /** An attempt that succeeded does not count. */
  giveBack(keys: Readonly<Record<string, number>>): void {
    for (const key of Object.keys(keys)) {
      const count = this.counts.get(key)
      if (count !== undefined && count.used > 0) count.used -= 1
    }
  }

  private count(key: string): Count {
    const now = this.now()
    const known = this.counts.get(key)
    if (known !== undefined && now - known.since < this.windowMs) return known
    const fresh = { since: now, used: 0 }
    this.counts.delete(key)
    this.counts.set(key, fresh)
    for (const [oldest, { since }] of this.counts) {
      if (this.counts.size <= mostKeys && now - since < this.windowMs) break
      this.counts.delete(oldest)
    }
    return fresh
  }
}
