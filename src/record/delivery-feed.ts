// How far the feed has been turned into deliveries. One process at a time moves it.

import type { Queryable } from './database.ts'

const name = 'deliveries'

/**
 * Takes the cursor for the transaction: null when it has never been moved, undefined while another process has it. Two
 * statements: the first one's snapshot may be older than what the process before has committed.
 */
export async function lockDeliveryFeed(client: Queryable): Promise<string | null | undefined> {
  const { rows: locks } = await client.query<{ locked: boolean }>({
    name: 'lock_delivery_feed',
    text: `select pg_try_advisory_xact_lock(hashtext('countersign.delivery_feed')) as locked`,
  })
  if (locks[0]?.locked !== true) return undefined
  const { rows } = await client.query<{ position: string }>({
    name: 'read_delivery_feed',
    text: 'select position from feed_cursors where name = $1',
    values: [name],
  })
  return rows[0]?.position ?? null
}

export async function moveDeliveryFeed(client: Queryable, position: string): Promise<void> {
  await client.query({
    name: 'move_delivery_feed',
    text: `insert into feed_cursors (name, position) values ($1, $2)
      on conflict (name) do update set position = excluded.position`,
    values: [name, position],
  })
}
