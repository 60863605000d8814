// Deletes what is older than is to be kept, with pauses in which the work of others goes on.

import type { Pool } from '../../record/database.ts'
import { type Deletion, deleteEnded } from '../../record/retention.ts'

export interface RetentionParts {
  readonly now: () => number
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>
  /** Asked between batches; what is left is found the next time. */
  readonly isStopped: () => boolean
}

export type Deleted = Record<Deletion['of'], number>

/** Deletes what ended before a moment. It pauses after each batch for as long as that took: half the time is for others. */
export async function retain(pool: Pool, before: Date, { now, pause, isStopped }: RetentionParts): Promise<Deleted> {
  const deleted: Deleted = { executions: 0, notifications: 0, journalRows: 0, journalMonths: 0 }
  let begun = now()
  for await (const { of, count } of deleteEnded(pool, before)) {
    deleted[of] += count
    if (!isStopped()) await pause(now() - begun)
    if (isStopped()) break
    begun = now()
  }
  return deleted
}
