// What the tables say about the requests of a round.

import type { Queryable } from '../../src/record/database.ts'

export interface Made {
  readonly id: string
  readonly n: string
}

/** The executions whose input `n` begins like this. */
export async function executionsOf(db: Queryable, tenantId: string, prefix: string): Promise<Made[]> {
  const { rows } = await db.query<Made>(
    `select id, inputs ->> 'n' as n from executions where tenant_id = $1 and starts_with(inputs ->> 'n', $2)
      and created_at > now() - interval '10 minutes'`,
    [tenantId, prefix],
  )
  return rows
}

/** The versions of the workflows whose name begins like this. */
export async function versionsOf(db: Queryable, tenantId: string, prefix: string): Promise<{ name: string }[]> {
  const { rows } = await db.query<{ name: string }>(
    `select w.name from workflows w join workflow_versions v on v.tenant_id = w.tenant_id and v.workflow_id = w.id
      where w.tenant_id = $1 and starts_with(w.name, $2)`,
    [tenantId, prefix],
  )
  return rows
}
