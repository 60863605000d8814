// The feed: what has happened to executions, in the order in which it was committed. Nothing is missed and nothing comes twice.

import type { Json } from '../kernel/json.ts'
import type { JournalEventType } from '../kernel/plan/journal.ts'
import type { Queryable } from './database.ts'
import { type FeedPosition, nil, parsePosition, positionText } from './feed-position.ts'
import { type FeedBounds, feedStatement, horizonStatement, lagMs } from './feed-statement.ts'

/** `execution.started` has no journal row: it is the execution's own, and its number is 0. */
export type FeedType = JournalEventType | 'execution.started'

export interface FeedEntry {
  /** Whoever reads on after it gets what comes after this entry. */
  readonly position: string
  readonly tenantId: string
  readonly executionId: string
  readonly seq: number
  readonly type: FeedType
  readonly step: string | null
  readonly item: number | null
  /** Null stands for 1. */
  readonly attempt: number | null
  /** Null of a completed step stands for `completed`. */
  readonly outcome: string | null
  /** Epoch ms. */
  readonly at: number
  /** Epoch ms; null of a completed step stands for `at`. */
  readonly startedAt: number | null
  /** What the journal keeps beside its columns. Of a start: workflow_id, version_id, started_by, parent_execution_id. */
  readonly data: Readonly<Record<string, Json>> | null
}

export interface FeedFilter {
  readonly limit: number
  readonly tenantId?: string
  /** Needs the tenant's id too. */
  readonly executionId?: string
  readonly types?: readonly FeedType[]
  /** For whoever reads again and again, and came to the end the last time: all the rest is little. */
  readonly toEnd?: boolean
}

export interface FeedPage {
  readonly entries: readonly FeedEntry[]
  /** How far has been read, also where nothing matched. */
  readonly position: string
  /** Whether there may be more right now. */
  readonly isCut: boolean
}

interface FeedRow extends Omit<FeedEntry, 'position' | 'seq'> {
  /** Null where nothing matched. */
  readonly seq: number | null
  /** Below this transaction everything was read; 0 when the slice of time held nothing to tell it by. */
  readonly ceiling: string
  /** The latest time among what was read, and whether there is more of the time to read. */
  readonly newest: number | null
  readonly isBounded: boolean
  readonly xid: string
  readonly isLate: boolean
}

/** A reader that is far behind reads so much of the time at once, or as much more as it takes to find something. */
const sliceMs = 60_000
const widening = 8

/** Reads on after a position. As the API's role it sees the tenant of its transaction. Throws `TypeError` for what is no position. */
export async function readFeed(db: Queryable, after: string, filter: FeedFilter): Promise<FeedPage> {
  const place = parsePosition(after)
  if (place === undefined) throw new TypeError(`"${after.slice(0, 100)}" is no position of the feed`)
  for (let slice = filter.toEnd === true ? Infinity : sliceMs; ; slice *= widening) {
    const rows = await readSlice(db, { place, untilMs: place.sinceMs + slice, ...filter })
    const [first] = rows
    if (first !== undefined && first.ceiling !== '0') return pageOf(rows, first, place, filter.limit)
  }
}

async function readSlice(db: Queryable, bounds: FeedBounds): Promise<FeedRow[]> {
  const { rows } = await db.query<FeedRow>(feedStatement(bounds))
  return rows
}

function pageOf(rows: readonly FeedRow[], first: FeedRow, place: FeedPosition, limit: number): FeedPage {
  let { sinceMs } = place
  const entries: FeedEntry[] = []
  for (const { ceiling: _c, newest: _n, isBounded: _b, xid, isLate, seq, ...row } of rows) {
    if (seq === null) continue
    if (!isLate) sinceMs = Math.max(sinceMs, Math.floor(row.at) - lagMs)
    entries.push({ ...row, seq, position: positionText({ xid, sinceMs, executionId: row.executionId, seq }) })
  }
  const last = entries.at(-1)
  if (last !== undefined && entries.length === limit) return { entries, position: last.position, isCut: true }
  const newest = first.newest === null ? sinceMs : Math.max(sinceMs, Math.floor(first.newest) - lagMs)
  const position = positionText({ xid: first.ceiling, sinceMs: newest, executionId: nil, seq: 0 })
  return { entries, position, isCut: first.isBounded }
}

/** The position of now: after everything that is certain to have been committed. */
export async function feedHorizon(db: Queryable): Promise<string> {
  for (let back = 10_000; ; back *= widening) {
    const { rows } = await db.query<{ horizon: string; newest: number | null; isAll: boolean }>(horizonStatement, [
      back,
    ])
    const [head] = rows
    if (head === undefined) throw new Error('A database without a snapshot')
    // Without a row to tell by, what is being written might have begun at any time.
    if (head.newest === null && !head.isAll) continue
    const sinceMs = Math.max(0, Math.floor(head.newest ?? 0) - lagMs)
    return positionText({ xid: head.horizon, sinceMs, executionId: nil, seq: 0 })
  }
}

/** Forgets stragglers that were noted before a moment: a position that is older may miss them. Returns how many. */
export async function forgetStragglers(db: Queryable, before: Date): Promise<number> {
  const { rowCount } = await db.query('delete from feed_stragglers where noted_at < $1', [before])
  return rowCount ?? 0
}
