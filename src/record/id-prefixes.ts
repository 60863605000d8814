// Finds things by the beginning of their id.

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
