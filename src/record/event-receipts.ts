// How long it is remembered which events came in: what prunes the receipts that `events.ts` writes.

import type { Queryable } from './database.ts'

/** Deletes receipts of events that came before a moment, so many at most; returns how many. */
export async function pruneEventReceipts(db: Queryable, before: Date, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from event_receipts r using (
        select tenant_id, source, event_id from event_receipts
        where received_at < $1 order by received_at limit $2 for update skip locked
      ) old where r.tenant_id = old.tenant_id and r.source = old.source and r.event_id = old.event_id`,
    [before, limit],
  )
  return rowCount ?? 0
}
