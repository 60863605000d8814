// Deletes what is older than is to be kept, with pauses in which the work of others goes on.

import type { Database, Pool } from '../../record/database.ts'
import { type Pruned, pruneOld } from '../../record/pruning.ts'
import { type Deletion, deleteEnded, type RetentionLimit } from '../../record/retention.ts'

export interface RetentionParts {
  readonly now: () => number
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>
  /** Asked between batches; what is left is found the next time. */
  readonly isStopped: () => boolean
}

export type Deleted = Record<Deletion['of'], number>

/** Deletes what ended too long ago. */
export async function retain(pool: Pool, limit: RetentionLimit, parts: RetentionParts): Promise<Deleted> {
  const deleted: Deleted = { executions: 0, notifications: 0, journalRows: 0, journalMonths: 0 }
  await goThrough(deleteEnded(pool, limit), deleted, parts)
  return deleted
}

/** Deletes what policies keep for some days only, and what has expired. */
export async function prune(
  database: Pick<Database, 'engine' | 'identity'>,
  now: Date,
  parts: RetentionParts,
): Promise<Record<Pruned['of'], number>> {
  const pruned = { eventReceipts: 0, deliveries: 0, oldNotifications: 0, idempotencyKeys: 0, sessions: 0 }
  await goThrough(pruneOld(database, now), pruned, parts)
  return pruned
}

/** Counts the batches, and pauses after each for as long as that took: half the time is for others. */
async function goThrough<Kind extends string>(
  batches: AsyncIterable<{ readonly of: Kind; readonly count: number }>,
  counts: Record<Kind, number>,
  { now, pause, isStopped }: RetentionParts,
): Promise<void> {
  let begun = now()
  for await (const { of, count } of batches) {
    counts[of] += count
    if (!isStopped()) await pause(now() - begun)
    if (isStopped()) break
    begun = now()
  }
}
