// How far ended executions have been sealed into the audit. One process at a time moves it.

import type { Queryable } from './database.ts'

const name = 'audit'

/** Takes the cursor for the transaction: null when it has never been moved, undefined while another process has it. */
export async function lockSealCursor(client: Queryable): Promise<string | null | undefined> {
  const { rows } = await client.query<{ isLocked: boolean }>({
    name: 'lock_seal_cursor',
    text: `select pg_try_advisory_xact_lock(hashtext('countersign.audit_seals')) as "isLocked"`,
  })
  if (rows[0]?.isLocked !== true) return undefined
  // Read in a statement of its own: one that took the lock may have begun before the other process committed.
  const cursor = await client.query<{ position: string }>({
    name: 'read_seal_cursor',
    text: 'select position from feed_cursors where name = $1',
    values: [name],
  })
  return cursor.rows[0]?.position ?? null
}

export async function moveSealCursor(client: Queryable, position: string): Promise<void> {
  await client.query({
    name: 'move_seal_cursor',
    text: `insert into feed_cursors (name, position) values ($1, $2)
      on conflict (name) do update set position = excluded.position`,
    values: [name, position],
  })
}
