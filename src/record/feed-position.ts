// Positions in the feed: text that means nothing to whoever keeps it.

export interface FeedPosition {
  /** Full id of the transaction. */
  readonly xid: string
  /** No entry after the position is older (epoch ms), but for stragglers. */
  readonly sinceMs: number
  readonly executionId: string
  readonly seq: number
}

/** Stands before every execution. */
export const nil = '00000000-0000-0000-0000-000000000000'

const shape = /^(\d{1,18})\.(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,9})$/

/** The position before everything. */
export const beginning = `0.0.${nil}.0`

export function positionText({ xid, sinceMs, executionId, seq }: FeedPosition): string {
  return `${xid}.${sinceMs}.${executionId}.${seq}`
}

export function parsePosition(text: string): FeedPosition | undefined {
  const [, xid, sinceMs, executionId, seq] = shape.exec(text) ?? []
  if (xid === undefined || executionId === undefined) return undefined
  return { xid, sinceMs: Number(sinceMs), executionId, seq: Number(seq) }
}

export function isPosition(text: string): boolean {
  return shape.test(text)
}

/** Negative when the first comes before the second. Throws `TypeError` for what is no position. */
export function comparePositions(one: string, other: string): number {
  const [a, b] = [parsePosition(one), parsePosition(other)]
  if (a === undefined || b === undefined) throw new TypeError('Not a position of the feed')
  const difference = Number(BigInt(a.xid) - BigInt(b.xid))
  if (difference !== 0) return difference
  if (a.executionId !== b.executionId) return a.executionId < b.executionId ? -1 : 1
  return a.seq - b.seq
}
