// Where a listener is: how far in the feed, and how far in its tenant's audit. It is the `id` of each event.

import { comparePositions, isPosition } from '../../record/feed-position.ts'

export interface StreamPosition {
  readonly feed: string
  /** Null before the audit was looked at. */
  readonly audit: number | null
}

export function streamId({ feed, audit }: StreamPosition): string {
  return audit === null ? feed : `${feed}.${audit}`
}

/** Undefined for what is no id of this stream. */
export function parseStreamId(text: string): StreamPosition | undefined {
  const parts = text.split('.')
  const feed = parts.slice(0, 4).join('.')
  const [audit, ...more] = parts.slice(4)
  if (!isPosition(feed) || more.length > 0) return undefined
  if (audit === undefined) return { feed, audit: null }
  return /^\d{1,15}$/.test(audit) ? { feed, audit: Number(audit) } : undefined
}

/** The later of both in both. */
export function furthest(one: StreamPosition, other: StreamPosition): StreamPosition {
  const feed = comparePositions(one.feed, other.feed) >= 0 ? one.feed : other.feed
  if (one.audit === null || other.audit === null) return { feed, audit: one.audit ?? other.audit }
  return { feed, audit: Math.max(one.audit, other.audit) }
}
