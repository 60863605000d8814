// Whom an approval is told to, how to reach them, and who asks.

import type { Queryable } from './database.ts'

export interface Recipient {
  readonly id: string
  readonly name: string
  /** Somebody has signed in with the address. */
  readonly isClaimed: boolean
}

/** Those of the members who are still there. */
export async function findRecipients(
  client: Queryable,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, Recipient>> {
  const { rows } = await client.query<Recipient>(
    `select id, name, user_id is not null as "isClaimed" from members
      where tenant_id = $1 and id = any ($2) and removed_at is null`,
    [tenantId, ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** The names of those whom references such as `member:<id>` and `agent:<id>` mean, also of who has left. */
export async function findNames(
  client: Queryable,
  tenantId: string,
  references: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = references.flatMap((reference) => /^(?:member|agent):([0-9a-f-]{36})$/.exec(reference)?.[1] ?? [])
  if (ids.length === 0) return new Map()
  const { rows } = await client.query<{ reference: string; name: string }>(
    `select 'member:' || id as reference, name from members where tenant_id = $1 and id = any ($2)
      union all select 'agent:' || id, name from agents where tenant_id = $1 and id = any ($2)`,
    [tenantId, ids],
  )
  return new Map(rows.map(({ reference, name }) => [reference, name]))
}
