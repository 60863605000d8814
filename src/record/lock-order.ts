// The order in which executions are locked: by tenant and id, everywhere, so that two transactions never wait for each other.

import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'

/**
 * A part of a statement that locks the executions which `keys` (tenant_id, id) names. A statement that updates several
 * executions joins it, since an update by itself locks in the order of its plan.
 */
export const lockedFirst = (keys: string): string => `locked as materialized (
    select e.tenant_id, e.id from executions e join ${keys} k on k.tenant_id = e.tenant_id and k.id = e.id
    order by e.tenant_id, e.id for no key update of e
  )`

/** Locks executions for the rest of a transaction that updates them with more than one statement. */
export async function lockExecutions(client: Queryable, keys: readonly ExecutionKey[]): Promise<void> {
  await client.query({
    name: 'lock_executions',
    text: `with keys as (select distinct * from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, id)), ${lockedFirst('keys')}
      select count(*) from locked`,
    values: [keys.map((key) => key.tenantId), keys.map((key) => key.executionId)],
  })
}
