// Workers and their leases: a worker's row says whether it may still write.

import type { Pool, Queryable } from './database.ts'
import { inTransaction } from './database.ts'
import { lockedFirst, owns } from './lock-order.ts'
import type { ExecutionKey } from './journal.ts'

/**
 * The fence, as the first part of each statement that a worker issues: no row unless the worker is alive, and its lease
 * cannot be taken away before the statement has ended. $1 is always the worker's id. A key share waits for `for update`
 * alone, which `markDead` takes; a stronger lock would hold up the worker's own heartbeat for as long as it writes.
 */
export const fence = `fence as materialized (select id from workers where id = $1 and status = 'alive' for key share)`

/** Marks a worker dead once its statements under way have ended; those that come later find no fence. $1 is its id. */
const markDead = (
  condition: string,
): string => `with lost as materialized (select id from workers where ${condition} for update)
  update workers w set status = 'dead' from lost where w.id = lost.id`

/** Thrown when the fence let nothing through: another worker has taken over what this one owned. */
export class LeaseLostError extends Error {
  constructor() {
    super('The worker lost its lease: another worker took over its executions.')
    this.name = 'LeaseLostError'
  }
}

/** May be called again when its answer was lost. */
export async function registerWorker(db: Queryable, worker: { id: string; name: string }, now: Date): Promise<void> {
  await db.query(
    `insert into workers (id, name, status, started_at, heartbeat_at) values ($1, $2, 'alive', $3, clock_timestamp())
      on conflict (id) do nothing`,
    [worker.id, worker.name, now],
  )
}

/** Renews the lease; false when it is lost. The database's clock is the only one that leases are measured by. */
export async function renewLease(db: Queryable, workerId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'renew_lease',
    text: `update workers set heartbeat_at = clock_timestamp() where id = $1 and status = 'alive'`,
    values: [workerId],
  })
  return rowCount === 1
}

export interface Takeover {
  readonly workerId: string
  readonly executions: number
}

/**
 * Marks workers dead whose lease has run out and releases what they owned. First the mark, which waits for their
 * statements under way and fences later ones, then the release.
 */
export async function takeOverLostWorkers(pool: Pool, leaseMs: number, now: Date): Promise<Takeover[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'find_lost_workers',
    text: `select id from workers where status = 'alive' and heartbeat_at < clock_timestamp() - make_interval(secs => $1 / 1000.0)`,
    values: [leaseMs],
  })
  const takeovers: Takeover[] = []
  for (const { id } of rows) {
    const executions = await inTransaction(pool, async (client) => {
      const marked = await client.query(
        markDead(
          `id = $1 and status = 'alive' and heartbeat_at < clock_timestamp() - make_interval(secs => $2 / 1000.0)`,
        ),
        [id, leaseMs],
      )
      return marked.rowCount === 0 ? undefined : release(client, id, 1, now)
    })
    if (executions !== undefined) takeovers.push({ workerId: id, executions })
  }
  return takeovers
}

/** Ends a worker of its own will: what it still owns is free at once. */
export async function retireWorker(pool: Pool, workerId: string, now: Date): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(markDead('id = $1'), [workerId])
    await release(client, workerId, 0, now)
  })
}

/** Forgets dead workers that own nothing. */
export async function forgetDeadWorkers(db: Queryable, before: Date): Promise<void> {
  await db.query(
    `delete from workers w where status = 'dead' and heartbeat_at < $1
      and not exists (select from live_executions e where e.worker_id = w.id)`,
    [before],
  )
}

export async function countLiveWorkers(db: Queryable, leaseMs: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from workers
      where status = 'alive' and heartbeat_at >= clock_timestamp() - make_interval(secs => $1 / 1000.0)`,
    [leaseMs],
  )
  return rows[0]?.count ?? 0
}

async function release(client: Queryable, workerId: string, takeovers: 0 | 1, now: Date): Promise<number> {
  const { rowCount } = await client.query(
    `with keys as (select tenant_id, id from live_executions where worker_id = $1), ${lockedFirst('keys')}
      update live_executions e set worker_id = null, runnable_at = $3, takeovers = takeovers + $2
      from locked l where e.tenant_id = l.tenant_id and e.id = l.id and ${owns('$1')}`,
    [workerId, takeovers, now],
  )
  await client.query(`select pg_notify('countersign_runnable', '')`)
  return rowCount ?? 0
}

/** Gives back what a worker owns by a claim whose answer it never got: all but the executions that it knows of. */
export async function releaseStrays(
  db: Queryable,
  workerId: string,
  knownIds: readonly string[],
  at: Date,
): Promise<number> {
  const { rowCount } = await db.query(
    `with ${fence}, keys as (select tenant_id, id from live_executions where worker_id = $1 and id <> all ($2)), ${lockedFirst('keys')}
      update live_executions e set worker_id = null, runnable_at = $3 from fence, locked l
      where e.tenant_id = l.tenant_id and e.id = l.id and ${owns('fence.id')}`,
    [workerId, knownIds, at],
  )
  return rowCount ?? 0
}

/** Gives one execution back, to be claimed from `at` on. */
export async function releaseExecution(db: Queryable, workerId: string, key: ExecutionKey, at: Date): Promise<void> {
  await db.query(
    `with ${fence} update live_executions e set worker_id = null, runnable_at = $4 from fence
      where e.tenant_id = $2 and e.id = $3 and e.worker_id = fence.id`,
    [workerId, key.tenantId, key.executionId, at],
  )
}
