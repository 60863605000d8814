// Totals of long lists, remembered for a moment: to count ten thousand rows takes longer than to read a page of them.

interface Counted {
  readonly counted: number
  readonly until: number
}

const rememberedMs = 3000
/** A total of fewer, if it was quick, is always counted anew: people see at once what they have just added. */
const largeTotal = 1000
const slowMs = 25
const mostKept = 2000
const kept = new Map<string, Counted>()

interface SeenPage {
  readonly limit: number
  readonly offset: number
  /** Items on it. */
  readonly seen: number
}

/** How many items all pages have. `count` is asked where the page does not say it, and not again for a moment for the same key. */
export async function totalOf(
  { limit, offset, seen }: SeenPage,
  key: string,
  now: () => number,
  count: () => Promise<number>,
): Promise<number> {
  if (seen < limit && (seen > 0 || offset === 0)) return offset + seen
  const counted = await countedTotal(key, now, count)
  // What was counted a moment ago may be fewer than are seen now.
  return seen === 0 ? counted : Math.max(counted, offset + seen)
}

async function countedTotal(key: string, now: () => number, count: () => Promise<number>): Promise<number> {
  const known = kept.get(key)
  const began = now()
  if (known !== undefined && known.until > began) return known.counted
  const counted = await count()
  if (counted >= largeTotal || now() - began >= slowMs) {
    if (kept.size >= mostKept) kept.clear()
    kept.set(key, { counted, until: now() + rememberedMs })
  } else kept.delete(key)
  return counted
}
