// Receipts of the events that came in, so that each is taken once.

import type { Queryable } from './database.ts'

export interface EventReceipt {
  readonly tenantId: string
  /** CloudEvents 1.0: source and id together name an event. */
  readonly source: string
  readonly eventId: string
  readonly receivedAt: Date
}

/**
 * Which of the events are new, in their order: not received before, and the first of those that are the same. One that is
 * being received elsewhere is waited for; in one order, so that two who receive the same events cannot wait for each other.
 */
export async function insertReceipts(client: Queryable, receipts: readonly EventReceipt[]): Promise<boolean[]> {
  const { rows } = await client.query<{ is_new: boolean }>({
    name: 'insert_receipts',
    text: `with given as materialized (
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
          with ordinality as g (tenant_id, source, event_id, received_at, position)
      ),
      inserted as (
        insert into event_receipts (tenant_id, source, event_id, received_at)
        select tenant_id, source, event_id, received_at from given order by tenant_id, source, event_id, position
        on conflict do nothing returning tenant_id, source, event_id
      )
      select (tenant_id, source, event_id) in (select tenant_id, source, event_id from inserted)
        and row_number() over (partition by tenant_id, source, event_id order by position) = 1 as is_new
      from given order by position`,
    values: [
      receipts.map((receipt) => receipt.tenantId),
      receipts.map((receipt) => receipt.source),
      receipts.map((receipt) => receipt.eventId),
      receipts.map((receipt) => receipt.receivedAt),
    ],
  })
  return rows.map((row) => row.is_new)
}
