// Executions: started in bulk, found and listed. Workers claim them in claims.ts.

import type { Json, JsonObject } from '../kernel/json.ts'
import type { Failure } from '../kernel/plan/journal.ts'
import { type ExecutionStatus, isEnded } from '../kernel/plan/moves.ts'
import type { Queryable } from './database.ts'
import { jsonText } from './json-text.ts'

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
  /** The trace that it continues (W3C Trace Context). */
  readonly traceparent?: string
}

const newColumns = `tenant_id, id, workflow_id, version_id, inputs, trigger, started_by, created_at, dedupe_key,
  concurrency_key, concurrency_limit, parent_execution_id, parent_step, parent_item, depth, traceparent`
const given = `unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::jsonb[], $6::jsonb[], $7::text[], $8::timestamptz[],
  $9::text[], $10::text[], $11::integer[], $12::uuid[], $13::text[], $14::integer[], $15::smallint[],
  $16::text[])`

/** Two inserts that hold each other's next dedupe key would wait for each other; in one order they cannot. */
const insertFrom = (source: string): string => `started as (
    insert into executions (${newColumns}) select ${newColumns} from ${source} order by tenant_id, dedupe_key
    on conflict (tenant_id, dedupe_key) where dedupe_key is not null do nothing
    returning tenant_id, id, created_at, concurrency_key, concurrency_limit
  ),
  live as (
    insert into live_executions (tenant_id, id, status, runnable_at, concurrency_key, concurrency_limit)
    select tenant_id, id, 'queued', created_at, concurrency_key, concurrency_limit from started returning id
  )`

function newValues(executions: readonly NewExecution[]): unknown[] {
  return [
    executions.map((e) => e.tenantId),
    executions.map((e) => e.id),
    executions.map((e) => e.workflowId),
    executions.map((e) => e.versionId),
    executions.map((e) => jsonText(e.inputs)),
    executions.map((e) => jsonText(e.trigger)),
    executions.map((e) => e.startedBy),
    executions.map((e) => e.createdAt),
    executions.map((e) => e.dedupeKey ?? null),
    executions.map((e) => e.concurrency?.key ?? null),
    executions.map((e) => e.concurrency?.limit ?? null),
    executions.map((e) => e.parent?.executionId ?? null),
    executions.map((e) => e.parent?.step ?? null),
    executions.map((e) => e.parent?.item ?? null),
    executions.map((e) => e.depth ?? 0),
    executions.map((e) => e.traceparent ?? null),
  ]
}

/**
 * Inserts executions that any worker may claim. One whose dedupe key its tenant has used before is left out.
 * Returns the ids that were inserted.
 */
export async function startExecutions(db: Queryable, executions: readonly NewExecution[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>({
    name: 'start_executions',
    text: `with ${insertFrom(`${given} as n (${newColumns})`)} select id from live`,
    values: newValues(executions),
  })
  return new Set(rows.map((row) => row.id))
}

/** `stale`: the version is no longer the current one of an active workflow. `duplicate`: the dedupe key is taken. */
export type StartOutcome = 'started' | 'duplicate' | 'stale'

/**
 * Starts executions of versions that are current at this moment, and tells the workers; `origin` tells those who have heard
 * of it already. Returns what became of each id.
 */
export async function startCurrentExecutions(
  db: Queryable,
  executions: readonly NewExecution[],
  origin = '',
): Promise<Map<string, StartOutcome>> {
  const { rows } = await db.query<{ id: string; started: boolean }>({
    name: 'start_current_executions',
    text: `with current as materialized (
        select n.* from ${given} as n (${newColumns})
        join workflows w on w.tenant_id = n.tenant_id and w.id = n.workflow_id and w.status = 'active'
        join workflow_versions v on v.tenant_id = n.tenant_id and v.id = n.version_id and v.version = w.current_version
      ),
      ${insertFrom('current')},
      told as (select pg_notify('countersign_runnable', $17) where exists (select from live))
      select id, false as started from current union all select id, true from live, (select count(*) from told) t`,
    values: [...newValues(executions), origin],
  })
  const outcomes = new Map<string, StartOutcome>(executions.map(({ id }) => [id, 'stale']))
  // Those that were started come last.
  for (const { id, started } of rows) outcomes.set(id, started ? 'started' : 'duplicate')
  return outcomes
}

/** The execution that took a dedupe key first. */
export async function findByDedupeKey(db: Queryable, tenantId: string, dedupeKey: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select id from executions where tenant_id = $1 and dedupe_key = $2`,
    [tenantId, dedupeKey],
  )
  return rows[0]?.id
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
    `select ${executionColumns} from execution_states e ${executionJoins} where e.tenant_id = $1 and e.id = $2`,
    [tenantId, id],
  )
  return rows[0]
}

export interface ExecutionFilter {
  readonly status?: ExecutionStatus
  /** Its name. */
  readonly workflow?: string
  readonly limit: number
  readonly offset: number
}

/** The newest executions of a tenant, by status and workflow where given. Ids are UUIDv7, so their order is that of time. */
export async function listExecutions(db: Queryable, tenantId: string, filter: ExecutionFilter): Promise<Execution[]> {
  const { status = null, workflow = null, limit, offset } = filter
  const { rows } = await db.query<Execution>(
    `select ${executionColumns} from (${pageOf(filter)} order by p.id desc limit $4 offset $5) page
      join execution_states e on e.tenant_id = $1 and e.id = page.id ${executionJoins} order by e.id desc`,
    [tenantId, status, workflow, limit, offset],
  )
  return rows
}

/**
 * The ids that a page is cut from, before any join: behind the view the planner sees no index for a status. What another table
 * knows is looked up id by id, as a value, which the planner cannot turn into a join of whole tables.
 */
function pageOf({ status, workflow }: ExecutionFilter): string {
  const { table, where } = sourceOf(status, workflow)
  const owner = `(select e.workflow_id from executions e where e.tenant_id = p.tenant_id and e.id = p.id)`
  const named = `(select w.id from workflows w where w.tenant_id = $1 and w.name = $3)`
  const isOfWorkflow = `${table === 'executions' ? 'p.workflow_id' : owner} = ${named}`
  return `select p.id from ${table} p where p.tenant_id = $1 and ${where}
    and ${workflow === undefined ? '$3::text is null' : isOfWorkflow}`
}

function sourceOf(status: ExecutionStatus | undefined, workflow: string | undefined): { table: string; where: string } {
  if (status === undefined) return { table: 'executions', where: '$2::text is null' }
  if (!isEnded(status)) return { table: 'live_executions', where: 'p.status = $2' }
  // Those that did not complete are few, and have an index.
  if (status !== 'completed') return { table: 'execution_ends', where: `p.status = $2 and p.status <> 'completed'` }
  // Those that did are met soon: among all that have ended, or by the workflow's index.
  if (workflow === undefined) return { table: 'execution_ends', where: 'p.status = $2' }
  const end = 'select d.status from execution_ends d where d.tenant_id = p.tenant_id and d.id = p.id'
  return { table: 'executions', where: `(${end}) = $2` }
}
