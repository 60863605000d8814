// Figures for operators, over all tenants. Each is bounded: it goes by an index and counts up to a limit.

import type { Queryable } from './database.ts'

/** Where counting ends: it takes some milliseconds, however much there is. */
export const mostCounted = 50_000
/** Tenants, or keys of concurrency limits, whose oldest execution is looked at. */
const mostHops = 5000

export interface Figures {
  readonly live: Readonly<Record<string, number>>
  /** Epoch ms; undefined when there is none. */
  readonly oldestQueuedAt: number | undefined
  readonly oldestRunnableAt: number | undefined
  readonly approvals: { readonly pending: number; readonly oldestAt: number | undefined }
  readonly deliveries: { readonly pending: number; readonly failedLastHour: number }
}

export async function readFigures(db: Queryable, now: Date): Promise<Figures> {
  const [live, free, limited, approvals, deliveries] = [
    await countLive(db),
    await findOldestFree(db, now),
    await findOldestLimited(db),
    await countApprovals(db),
    await countDeliveries(db, now),
  ]
  const queued = [free.queued, limited].flatMap((at) => (at === undefined ? [] : [at]))
  return {
    live,
    oldestQueuedAt: queued.length === 0 ? undefined : Math.min(...queued),
    oldestRunnableAt: free.runnable,
    approvals,
    deliveries,
  }
}

async function countLive(db: Queryable): Promise<Record<string, number>> {
  const { rows } = await db.query<{ status: string; count: number }>(
    `select status, count(*)::integer as count
      from (select status from live_executions order by tenant_id, id limit $1) l group by status`,
    [mostCounted],
  )
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}

const free = `e.worker_id is null and e.runnable_at is not null and (e.concurrency_key is null or e.status <> 'queued')`
const limited = `e.worker_id is null and e.runnable_at is not null and e.concurrency_key is not null and e.status = 'queued'`

/** Hops from tenant to tenant through the index of what is runnable, and takes the first of each. */
async function findOldestFree(
  db: Queryable,
  now: Date,
): Promise<{ readonly runnable: number | undefined; readonly queued: number | undefined }> {
  const first = (condition: string) => `(select e.runnable_at from live_executions e
    where e.tenant_id = t.tenant_id and ${free} and e.runnable_at <= $1 ${condition} order by e.runnable_at limit 1)`
  const { rows } = await db.query<{ runnable: Date | null; queued: Date | null }>(
    `with recursive hop (tenant_id) as (
        (select e.tenant_id from live_executions e where ${free} order by e.tenant_id limit 1)
        union all
        select (select e.tenant_id from live_executions e where ${free} and e.tenant_id > h.tenant_id order by e.tenant_id limit 1)
        from hop h where h.tenant_id is not null
      )
      select min(${first('')}) as runnable, min(${first(`and e.status = 'queued'`)}) as queued
      from (select tenant_id from hop where tenant_id is not null limit $2) t`,
    [now, mostHops],
  )
  return { runnable: rows[0]?.runnable?.getTime(), queued: rows[0]?.queued?.getTime() }
}

/** The same for those that wait for a place under a concurrency limit. */
async function findOldestLimited(db: Queryable): Promise<number | undefined> {
  const first = (condition: string) => `select e.tenant_id, e.concurrency_key, e.runnable_at from live_executions e
    where ${limited} ${condition} order by e.tenant_id, e.concurrency_key, e.runnable_at limit 1`
  const { rows } = await db.query<{ at: Date | null }>(
    `with recursive hop as (
        (${first('')})
        union all
        select n.* from hop h cross join lateral
          (${first('and (e.tenant_id, e.concurrency_key) > (h.tenant_id, h.concurrency_key)')}) n
      )
      select min(runnable_at) as at from (select runnable_at from hop limit $1) t`,
    [mostHops],
  )
  return rows[0]?.at?.getTime()
}

async function countApprovals(db: Queryable): Promise<Figures['approvals']> {
  const { rows } = await db.query<{ pending: number; oldest: string | null }>(
    `select count(*)::integer as pending, min(id::text) as oldest
      from (select id from approvals where status = 'pending' order by tenant_id, expires_at, id limit $1) a`,
    [mostCounted],
  )
  const oldest = rows[0]?.oldest ?? undefined
  return { pending: rows[0]?.pending ?? 0, oldestAt: oldest === undefined ? undefined : timeOf(oldest) }
}

async function countDeliveries(db: Queryable, now: Date): Promise<Figures['deliveries']> {
  const { rows } = await db.query<Figures['deliveries']>(
    `select
        (select count(*)::integer from (
          select from deliveries where status = 'pending' order by tenant_id, subscription_id, due_at limit $1
        ) p) as pending,
        (select count(*)::integer from (
          select status from deliveries where settled_at > $2 order by settled_at desc limit $1
        ) s where status = 'failed') as "failedLastHour"`,
    [mostCounted, new Date(now.getTime() - 3_600_000)],
  )
  return rows[0] ?? { pending: 0, failedLastHour: 0 }
}

/** A UUIDv7 begins with its time (RFC 9562). */
function timeOf(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16)
}
