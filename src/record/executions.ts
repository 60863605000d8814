// Executions: started in bulk, and claimed by workers, fairly over tenants.

import type { Json, JsonObject } from '../kernel/json.ts'
import type { Failure } from '../kernel/plan/journal.ts'
import type { ExecutionStatus } from '../kernel/plan/moves.ts'
import { inTransaction, type Pool, type Queryable } from './database.ts'
import { fence } from './workers.ts'

export interface Parent {
  readonly executionId: string
  readonly step: string
  readonly item: number | undefined
}

export interface NewExecution {
  readonly tenantId: string
  readonly id: string
  readonly workflowId: string
  readonly versionId: string
  readonly inputs: JsonObject
  readonly trigger: JsonObject
  readonly startedBy: string
  readonly createdAt: Date
  readonly dedupeKey?: string
  readonly concurrency?: { readonly key: string; readonly limit: number }
  readonly parent?: Parent
  readonly depth?: number
}

/**
 * Inserts executions that any worker may claim. One whose dedupe key its tenant has used before is left out.
 * Returns the ids that were inserted.
 */
export async function startExecutions(db: Queryable, executions: readonly NewExecution[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>({
    name: 'start_executions',
    text: `insert into executions (tenant_id, id, workflow_id, version_id, status, runnable_at, inputs, trigger, started_by,
        created_at, dedupe_key, concurrency_key, concurrency_limit, parent_execution_id, parent_step, parent_item, depth)
      select n.tenant_id, n.id, n.workflow_id, n.version_id, 'queued', n.created_at, n.inputs, n.trigger, n.started_by,
        n.created_at, n.dedupe_key, n.concurrency_key, n.concurrency_limit, n.parent_execution_id, n.parent_step, n.parent_item, n.depth
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::jsonb[], $6::jsonb[], $7::text[], $8::timestamptz[],
        $9::text[], $10::text[], $11::integer[], $12::uuid[], $13::text[], $14::integer[], $15::smallint[])
        as n (tenant_id, id, workflow_id, version_id, inputs, trigger, started_by, created_at, dedupe_key,
          concurrency_key, concurrency_limit, parent_execution_id, parent_step, parent_item, depth)
      on conflict (tenant_id, dedupe_key) where dedupe_key is not null do nothing
      returning id`,
    values: [
      executions.map((e) => e.tenantId),
      executions.map((e) => e.id),
      executions.map((e) => e.workflowId),
      executions.map((e) => e.versionId),
      executions.map((e) => JSON.stringify(e.inputs)),
      executions.map((e) => JSON.stringify(e.trigger)),
      executions.map((e) => e.startedBy),
      executions.map((e) => e.createdAt),
      executions.map((e) => e.dedupeKey ?? null),
      executions.map((e) => e.concurrency?.key ?? null),
      executions.map((e) => e.concurrency?.limit ?? null),
      executions.map((e) => e.parent?.executionId ?? null),
      executions.map((e) => e.parent?.step ?? null),
      executions.map((e) => e.parent?.item ?? null),
      executions.map((e) => e.depth ?? 0),
    ],
  })
  return new Set(rows.map((row) => row.id))
}

/** The execution that took a dedupe key first. */
export async function findByDedupeKey(db: Queryable, tenantId: string, dedupeKey: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select id from executions where tenant_id = $1 and dedupe_key = $2`,
    [tenantId, dedupeKey],
  )
  return rows[0]?.id
}

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
}

/** Statuses other than paused become running; $2 is now. */
const own = (picked: string) => `
  update executions e set worker_id = fence.id, runnable_at = null, started_at = coalesce(e.started_at, $2),
    status = case when e.status = 'paused' then e.status else 'running' end
  from ${picked} as p, fence
  where e.tenant_id = p.tenant_id and e.id = p.id and e.worker_id is null
  returning e.tenant_id, e.id, e.workflow_id, e.version_id, e.status, p.is_new, e.pending_signals, e.takeovers, e.inputs,
    e.trigger, e.started_by, e.started_at, e.parent_execution_id, e.parent_step, e.parent_item, e.depth`

/**
 * Claims up to `limit` executions whose time has come. The tenants that wait are found by hopping through the index, and
 * each gets an equal share, so a tenant with 100,000 queued does not hold up one with a single execution.
 * Those under a concurrency limit that have not begun are claimed by `claimLimitedExecutions`.
 */
export async function claimExecutions(
  db: Queryable,
  workerId: string,
  limit: number,
  now: Date,
): Promise<ClaimedExecution[]> {
  const { rows } = await db.query<ClaimedRow>({
    name: 'claim_executions',
    text: `with recursive ${fence},
      hop (tenant_id) as (
        (select tenant_id from executions where worker_id is null and runnable_at is not null order by tenant_id limit 1)
        union all
        select (select e.tenant_id from executions e
          where e.worker_id is null and e.runnable_at is not null and e.tenant_id > hop.tenant_id order by e.tenant_id limit 1)
        from hop where hop.tenant_id is not null
      ),
      waiting as materialized (select tenant_id from hop where tenant_id is not null order by random() limit $3),
      picked as materialized (
        select c.* from waiting w cross join lateral (
          select tenant_id, id, started_at is null as is_new from executions e
          where e.tenant_id = w.tenant_id and e.worker_id is null and e.runnable_at <= $2
            and (e.concurrency_key is null or e.started_at is not null)
          order by e.runnable_at
          limit (select ceil($3::numeric / greatest(count(*), 1)) from waiting)
          for update skip locked
        ) c where exists (select from fence)
      )
      ${own('picked')}`,
    values: [workerId, now, limit],
  })
  return rows.map(claimed)
}

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
    const { rows: keys } = await client.query<{
      tenant_id: string
      concurrency_key: string
      concurrency_limit: number
    }>({
      name: 'lock_concurrency_keys',
      text: `select tenant_id, concurrency_key, concurrency_limit from (
          select tenant_id, concurrency_key, min(concurrency_limit) as concurrency_limit from executions
          where concurrency_key is not null and ended_at is null
            and worker_id is null and runnable_at <= $1 and started_at is null
          group by tenant_id, concurrency_key order by min(runnable_at) limit $2
        ) k where pg_try_advisory_xact_lock(hashtextextended(tenant_id::text || concurrency_key, 0))`,
      values: [now, limit],
    })
    if (keys.length === 0) return []
    const { rows } = await client.query<ClaimedRow>({
      name: 'claim_limited_executions',
      text: `with ${fence},
        keys as materialized (
          select k.*, (select count(*) from executions h where h.tenant_id = k.tenant_id and h.concurrency_key = k.concurrency_key
            and h.ended_at is null and h.started_at is not null) as held
          from unnest($3::uuid[], $4::text[], $5::integer[]) as k (tenant_id, concurrency_key, concurrency_limit)
        ),
        picked as materialized (
          select c.* from keys k cross join lateral (
            select tenant_id, id, true as is_new from executions e
            where e.tenant_id = k.tenant_id and e.concurrency_key = k.concurrency_key and e.ended_at is null
              and e.worker_id is null and e.runnable_at <= $2 and e.started_at is null
            order by e.runnable_at limit greatest(k.concurrency_limit - k.held, 0)
            for update skip locked
          ) c limit $6
        )
        ${own('picked')}`,
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

/** When the next execution that nobody owns falls due; undefined when none ever does by itself. */
export async function nextRunnableAt(db: Queryable): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>({
    name: 'next_runnable_at',
    text: `select min(runnable_at) as at from executions where worker_id is null and runnable_at is not null`,
  })
  return rows[0]?.at ?? undefined
}

export interface Execution {
  readonly tenantId: string
  readonly id: string
  readonly workflowId: string
  readonly versionId: string
  readonly workflow: string
  readonly version: number
  readonly status: ExecutionStatus
  readonly workerId: string | null
  readonly runnableAt: Date | null
  readonly inputs: JsonObject
  readonly trigger: JsonObject
  readonly startedBy: string
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly output: Json
  readonly failure: Failure | null
  readonly parentExecutionId: string | null
}

const executionColumns = `e.tenant_id as "tenantId", e.id, e.workflow_id as "workflowId", e.version_id as "versionId",
  w.name as workflow, v.version, e.status, e.worker_id as "workerId", e.runnable_at as "runnableAt", e.inputs, e.trigger,
  e.started_by as "startedBy", e.created_at as "createdAt", e.started_at as "startedAt", e.ended_at as "endedAt",
  e.output, e.failure, e.parent_execution_id as "parentExecutionId"`
const executionJoins = `join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
  join workflow_versions v on v.tenant_id = e.tenant_id and v.id = e.version_id`

export async function findExecution(db: Queryable, tenantId: string, id: string): Promise<Execution | undefined> {
  const { rows } = await db.query<Execution>(
    `select ${executionColumns} from executions e ${executionJoins} where e.tenant_id = $1 and e.id = $2`,
    [tenantId, id],
  )
  return rows[0]
}

/** The newest executions of a tenant, by status and workflow where given. Ids are UUIDv7, so their order is that of time. */
export async function listExecutions(
  db: Queryable,
  tenantId: string,
  filter: { status?: ExecutionStatus; workflow?: string; limit: number; offset: number },
): Promise<Execution[]> {
  const { rows } = await db.query<Execution>(
    `select ${executionColumns} from executions e ${executionJoins}
      where e.tenant_id = $1 and ($2::text is null or e.status = $2) and ($3::text is null or w.name = $3)
      order by e.id desc limit $4 offset $5`,
    [tenantId, filter.status ?? null, filter.workflow ?? null, filter.limit, filter.offset],
  )
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
  }
}
