// The journal's partitions: one for each month, made before it begins.

import type { Queryable } from './database.ts'

/** Makes the partitions of the month of `from` and the following ones, where they are missing. */
export async function ensureJournalPartitions(db: Queryable, from: Date, months: number): Promise<void> {
  await db.query('select ensure_journal_partitions($1, $2)', [from, months])
}
