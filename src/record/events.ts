// Receipts of the events that came in, so that each is taken once.

import type { Queryable } from './database.ts'

export interface EventReceipt {
  readonly tenantId: string
  /** CloudEvents 1.0: source and id together name an event. */
  readonly source: string
  readonly eventId: string
  readonly receivedAt: Date
}

/** False when the event has been received before. One that is being received elsewhere is waited for. */
export async function insertReceipt(client: Queryable, receipt: EventReceipt): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'insert_receipt',
    text: `insert into event_receipts (tenant_id, source, event_id, received_at) values ($1, $2, $3, $4) on conflict do nothing`,
    values: [receipt.tenantId, receipt.source, receipt.eventId, receipt.receivedAt],
  })
  return rowCount === 1
}
