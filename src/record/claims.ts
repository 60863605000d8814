// Claims: workers take executions whose time has come, fairly over tenants and within concurrency limits.

import type { JsonObject } from '../kernel/json.ts'
import type { ExecutionStatus } from '../kernel/plan/moves.ts'
import { inTransaction, type Pool, type Queryable } from './database.ts'
import type { Parent } from './executions.ts'
import { fence } from './workers.ts'

export interface ClaimedExecution {
  readonly tenantId: string
  readonly id: string
  readonly workflowId: string
  readonly versionId: string
  readonly status: ExecutionStatus
  /** No worker has begun it: there is no journal to read. */
  readonly isNew: boolean
  readonly pendingSignals: number
  readonly takeovers: number
  readonly inputs: JsonObject
  readonly trigger: JsonObject
  readonly startedBy: string
  readonly startedAt: Date
  readonly parent: Parent | undefined
  readonly depth: number
  /** The trace that it continues. */
  readonly traceparent: string | undefined
  /** Whether it holds a place under a concurrency limit. */
  readonly isLimited: boolean
}

export interface Claim {
  readonly executions: readonly ClaimedExecution[]
  /** Others wait for a place under a concurrency limit. Most of the time nobody does, and no lock need be taken for them. */
  readonly isLimitedWaiting: boolean
}

interface ClaimedRow {
  tenant_id: string
  id: string
  workflow_id: string
  version_id: string
  status: ExecutionStatus
  is_new: boolean
  pending_signals: number
  takeovers: number
  inputs: JsonObject
  trigger: JsonObject
  started_by: string
  started_at: Date
  parent_execution_id: string | null
  parent_step: string | null
  parent_item: number | null
  depth: number
  traceparent: string | null
  is_limited: boolean
}

/** Those that need no place under a concurrency limit, or hold theirs already. Indexes have the same words as predicate. */
const free = (e: string) => `${e}.worker_id is null and (${e}.concurrency_key is null or ${e}.status <> 'queued')`
/** Those that have to be given a place first. */
const limited = (e: string) => `${e}.worker_id is null and ${e}.concurrency_key is not null and ${e}.status = 'queued'`

/** The tenants that have executions of a kind, found by hopping through an index that begins with the tenant. */
const tenantsWith = (kind: (e: string) => string) => `
  hop (tenant_id) as (
    (select e.tenant_id from live_executions e where ${kind('e')} and e.runnable_at is not null order by e.tenant_id limit 1)
    union all
    select (select e.tenant_id from live_executions e
      where ${kind('e')} and e.runnable_at is not null and e.tenant_id > hop.tenant_id order by e.tenant_id limit 1)
    from hop where hop.tenant_id is not null
  )`

/** Statuses other than paused become running; $2 is now. `offset 0` has each one's contents looked up by its key. */
const own = (picked: string) => `
  owned as (
    update live_executions e set worker_id = fence.id, runnable_at = null, started_at = coalesce(e.started_at, $2),
      status = case when e.status = 'paused' then e.status else 'running' end
    from ${picked} as p, fence
    where e.tenant_id = p.tenant_id and e.id = p.id and e.worker_id is null
    returning e.tenant_id, e.id, e.status, p.is_new, e.pending_signals, e.takeovers, e.started_at,
      e.concurrency_key is not null as is_limited
  ),
  claimed as (
    select o.*, e.* from owned o cross join lateral (
      select workflow_id, version_id, inputs, trigger, started_by, parent_execution_id, parent_step, parent_item, depth,
        traceparent
      from executions e where e.tenant_id = o.tenant_id and e.id = o.id offset 0) e
  )`

/**
 * Claims up to `limit` executions whose time has come. The tenants that wait are found by hopping through the index, and
 * each gets an equal share, so a tenant with 100,000 queued does not hold up one with a single execution.
 * Those that need a place under a concurrency limit are claimed by `claimLimitedExecutions`.
 */
export async function claimExecutions(db: Queryable, workerId: string, limit: number, now: Date): Promise<Claim> {
  const { rows } = await db.query<{ is_limited_waiting: boolean } & (ClaimedRow | { id: null })>({
    name: 'claim_executions',
    text: `with recursive ${fence}, ${tenantsWith(free)},
      waiting as materialized (
        select tenant_id from hop where tenant_id is not null and exists (
          select from live_executions e where e.tenant_id = hop.tenant_id and ${free('e')} and e.runnable_at <= $2)
        order by random() limit $3
      ),
      picked as materialized (
        select c.* from waiting w cross join lateral (
          select tenant_id, id, started_at is null as is_new from live_executions e
          where e.tenant_id = w.tenant_id and ${free('e')} and e.runnable_at <= $2
          order by e.runnable_at
          limit (select ceil($3::numeric / greatest(count(*), 1)) from waiting)
          for update skip locked
        ) c where exists (select from fence) limit $3
      ),
      ${own('picked')}
      select l.is_limited_waiting, c.* from (select exists (
        select from live_executions e where ${limited('e')} and e.runnable_at is not null) as is_limited_waiting) l
        left join claimed c on true`,
    values: [workerId, now, limit],
  })
  const isLimitedWaiting = rows[0]?.is_limited_waiting === true
  return { executions: rows.flatMap((row) => (row.id === null ? [] : claimed(row))), isLimitedWaiting }
}

/** When the next execution falls due after `now` by itself; undefined when none does. */
export async function nextDueAt(db: Queryable, now: Date): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>({
    name: 'next_due_at',
    text: `with recursive ${tenantsWith(free)}
      select min(next.at) as at from hop cross join lateral (
        select e.runnable_at as at from live_executions e
        where e.tenant_id = hop.tenant_id and ${free('e')} and e.runnable_at > $1 order by e.runnable_at limit 1
      ) next`,
    values: [now],
  })
  return rows[0]?.at ?? undefined
}

/** How many keys of a tenant that have room are weighed against each other in one claim. */
const keysWeighed = 1000

/**
 * Claims executions under a concurrency limit, up to the limit of each key, counted from those that hold a place.
 * The count follows the lock in a statement of its own: only then does it see what the previous holder of the lock wrote.
 */
export async function claimLimitedExecutions(
  pool: Pool,
  workerId: string,
  limit: number,
  now: Date,
): Promise<ClaimedExecution[]> {
  return inTransaction(pool, async (client) => {
    const keys = await lockConcurrencyKeys(client, limit, now)
    if (keys.length === 0) return []
    const { rows } = await client.query<ClaimedRow>({
      name: 'claim_limited_executions',
      text: `with ${fence},
        keys as materialized (
          select k.*, ${held('k')} as held
          from unnest($3::uuid[], $4::text[], $5::integer[]) as k (tenant_id, concurrency_key, concurrency_limit)
        ),
        picked as materialized (
          select c.* from keys k cross join lateral (
            select e.tenant_id, e.id, e.started_at is null as is_new from live_executions e
            where e.tenant_id = k.tenant_id and e.concurrency_key = k.concurrency_key and ${limited('e')} and e.runnable_at <= $2
            order by e.runnable_at limit greatest(k.concurrency_limit - k.held, 0)
            for update skip locked
          ) c where exists (select from fence) limit $6
        ),
        ${own('picked')} select * from claimed`,
      values: [
        workerId,
        now,
        keys.map((key) => key.tenant_id),
        keys.map((key) => key.concurrency_key),
        keys.map((key) => key.concurrency_limit),
        limit,
      ],
    })
    return rows.map(claimed)
  })
}

interface ConcurrencyKey {
  readonly tenant_id: string
  readonly concurrency_key: string
  readonly concurrency_limit: number
}

/** How many executions hold a place under a key. */
const held = (key: string) => `(select count(*) from live_executions h
  where h.tenant_id = ${key}.tenant_id and h.concurrency_key = ${key}.concurrency_key and h.status <> 'queued')`

/**
 * Locks keys that have room and somebody waiting, for the transaction. A key that is full, however long its queue, costs
 * one hop; of those with room each tenant's longest waiting come first. A limit that has changed counts as its lowest.
 */
async function lockConcurrencyKeys(client: Queryable, limit: number, now: Date): Promise<ConcurrencyKey[]> {
  const { rows } = await client.query<ConcurrencyKey>({
    name: 'lock_concurrency_keys',
    text: `with recursive ${tenantsWith(limited)},
      waiting as materialized (select tenant_id from hop where tenant_id is not null order by random()),
      roomy as materialized (
        select k.* from waiting w cross join lateral (
          with recursive keys (tenant_id, concurrency_key) as (
            (select e.tenant_id, e.concurrency_key from live_executions e
              where e.tenant_id = w.tenant_id and ${limited('e')} and e.runnable_at is not null
              order by e.concurrency_key limit 1)
            union all
            select keys.tenant_id, (select e.concurrency_key from live_executions e
              where e.tenant_id = keys.tenant_id and ${limited('e')} and e.runnable_at is not null
                and e.concurrency_key > keys.concurrency_key order by e.concurrency_key limit 1)
            from keys where keys.concurrency_key is not null
          )
          select * from (
            select keys.tenant_id, keys.concurrency_key, due.concurrency_limit, due.since
            from keys cross join lateral (
              select min(q.concurrency_limit) as concurrency_limit, min(q.runnable_at) as since from (
                select e.concurrency_limit, e.runnable_at from live_executions e
                where e.tenant_id = keys.tenant_id and e.concurrency_key = keys.concurrency_key and ${limited('e')}
                  and e.runnable_at <= $1
                order by e.runnable_at limit $2
              ) q
            ) due where due.concurrency_limit > ${held('keys')} limit ${keysWeighed}
          ) k order by k.since limit $2
        ) k limit $2
      )
      select tenant_id, concurrency_key, concurrency_limit from roomy
      where pg_try_advisory_xact_lock(hashtextextended(tenant_id::text || concurrency_key, 0))`,
    values: [now, limit],
  })
  return rows
}

function claimed(row: ClaimedRow): ClaimedExecution {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    workflowId: row.workflow_id,
    versionId: row.version_id,
    status: row.status,
    isNew: row.is_new,
    pendingSignals: row.pending_signals,
    takeovers: row.takeovers,
    inputs: row.inputs,
    trigger: row.trigger,
    startedBy: row.started_by,
    startedAt: row.started_at,
    parent:
      row.parent_execution_id === null || row.parent_step === null
        ? undefined
        : { executionId: row.parent_execution_id, step: row.parent_step, item: row.parent_item ?? undefined },
    depth: row.depth,
    traceparent: row.traceparent ?? undefined,
    isLimited: row.is_limited,
  }
}
