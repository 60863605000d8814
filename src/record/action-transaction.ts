// A transactional action's own transaction: what it writes lands together with the event that says it happened.

import type { Pool, Queryable } from './database.ts'
import { inTransaction, setTenant } from './database.ts'
import { holdFence } from './commit.ts'

/**
 * Runs `work` as the API's role bound to the tenant, so that row-level security walls in what a pack writes; then
 * `finish` as the engine, in the same transaction. The fence is held throughout.
 */
export async function inActionTransaction<T>(
  pool: Pool,
  place: { readonly workerId: string; readonly tenantId: string; readonly apiRole: string },
  work: (client: Queryable) => Promise<T>,
  finish: (client: Queryable, worked: T) => Promise<void>,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await holdFence(client, place.workerId)
    await setTenant(client, place.tenantId, place.apiRole)
    const worked = await work(client)
    await client.query('reset role')
    await finish(client, worked)
  })
}
