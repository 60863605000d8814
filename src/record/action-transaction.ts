// A transactional action's own transaction: what it writes lands together with the event that says it happened.

import type { Pool, Queryable } from './database.ts'
import { inTransaction, setTenant } from './database.ts'
import { holdFence } from './commit.ts'

export interface ActionPlace {
  readonly workerId: string
  readonly tenantId: string
  readonly apiRole: string
  /** Longest time that one statement may take: nobody waits for more. */
  readonly statementMs?: number
}

/**
 * Runs `work` as the API's role bound to the tenant, so that row-level security walls in what a pack writes; then
 * `finish` as the engine, in the same transaction. The fence is held throughout.
 */
export async function inActionTransaction<T>(
  pool: Pool,
  place: ActionPlace,
  work: (client: Queryable) => Promise<T>,
  finish: (client: Queryable, worked: T) => Promise<void>,
): Promise<void> {
  const act = async (client: Queryable): Promise<void> => {
    await holdFence(client, place.workerId)
    await setTenant(client, place.tenantId, place.apiRole)
    const worked = await work(client)
    await client.query('reset role')
    await finish(client, worked)
  }
  await inTransaction(pool, act, place.statementMs)
}
