// Finds things by the beginning of their id, and the execution that something belongs to.

import type { Queryable } from './database.ts'

/** The tables that people name rows of. */
export type IdentifiedTable = 'executions' | 'approvals' | 'forms'

/** Up to `limit` ids of a tenant's rows between two ids, both included. */
export async function findIdsBetween(
  db: Queryable,
  table: IdentifiedTable,
  range: { readonly tenantId: string; readonly from: string; readonly to: string },
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from ${table} where tenant_id = $1 and id between $2 and $3 order by id limit $4`,
    [range.tenantId, range.from, range.to, limit],
  )
  return rows.map(({ id }) => id)
}

/** The execution that an approval or a form holds; undefined where it holds none. */
export async function findHeldExecution(
  db: Queryable,
  table: Exclude<IdentifiedTable, 'executions'>,
  tenantId: string,
  id: string,
): Promise<string | undefined> {
  const { rows } = await db.query<{ executionId: string | null }>(
    `select execution_id as "executionId" from ${table} where tenant_id = $1 and id = $2`,
    [tenantId, id],
  )
  return rows[0]?.executionId ?? undefined
}
