// Signals: what the outside tells an execution. Each is taken in by whoever owns the execution, as a journal event.

import type { Json } from '../kernel/json.ts'
import { type ExecutionMove, executionMoves, type ExecutionStatus } from '../kernel/plan/moves.ts'
import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'
import { lockedFirst } from './lock-order.ts'
import { jsonText } from './json-text.ts'

export type SignalKind = 'event' | 'callback' | 'approval' | 'form' | 'child' | ExecutionMove

export interface NewSignal extends ExecutionKey {
  readonly id: string
  readonly kind: SignalKind
  readonly step?: string
  readonly item?: number
  readonly data: Json
  readonly createdAt: Date
}

export interface StoredSignal extends ExecutionKey {
  readonly id: string
  readonly kind: SignalKind
  readonly step: string | undefined
  readonly item: number | undefined
  readonly data: Json
}

/**
 * Stores signals and makes their executions runnable, in one statement. A signal that the execution's status does not
 * allow (see `executionMoves`; all but `retry` need one that has not ended) is left out. Returns the ids that were stored.
 */
export async function sendSignals(db: Queryable, signals: readonly NewSignal[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>({
    name: 'send_signals',
    text: storeSignals(),
    values: [
      signals.map((s) => s.tenantId),
      signals.map((s) => s.executionId),
      signals.map((s) => s.id),
      signals.map((s) => s.kind),
      signals.map((s) => s.step ?? null),
      signals.map((s) => s.item ?? null),
      signals.map((s) => jsonText(s.data)),
      signals.map((s) => s.createdAt),
    ],
  })
  return new Set(rows.map((row) => row.id))
}

/** What is resumed is no longer paused; what is cancelled before it began need not wait for a place under a limit first. */
const isLetOn = `('resume' = any (g.kinds) or ('cancel' = any (g.kinds) and e.status = 'queued'))`

/** One statement: stores, wakes and tells. */
function storeSignals(): string {
  return `with given as (
      select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::integer[], $7::jsonb[], $8::timestamptz[])
        as s (tenant_id, execution_id, id, kind, step, item, data, created_at)
    ),
    grouped as materialized (
      select tenant_id, execution_id as id, min(created_at) as at, array_agg(id) as ids, array_agg(kind) as kinds,
        array_agg(step) as steps, array_agg(item) as items, array_agg(data) as data, array_agg(created_at) as times
      from given group by tenant_id, execution_id
    ),
    ${lockedFirst('grouped')},
    woken as (
      update live_executions e set
        pending_signals = e.pending_signals + cardinality(g.ids),
        runnable_at = case when e.worker_id is null then least(e.runnable_at, g.at) else e.runnable_at end,
        status = case when ${isLetOn} then case when e.worker_id is null then 'waiting' else 'running' end else e.status end
      from locked g
      where e.tenant_id = g.tenant_id and e.id = g.id and ${allowed()}
      returning e.worker_id, g.*
    ),
    ${revived()},
    reached as (select * from woken union all select * from revived),
    stored as (
      insert into signals (tenant_id, execution_id, id, kind, step, item, data, created_at)
      select w.tenant_id, w.id, s.* from reached w, unnest(w.ids, w.kinds, w.steps, w.items, w.data, w.times) as s
      returning id
    ),
    told as (
      select pg_notify(case when worker_id is null then 'countersign_runnable' else 'countersign_signal' end,
        coalesce(worker_id::text, '')) from (select distinct worker_id from reached) w
    )
    select stored.id from stored, (select count(*) from told) t`
}

const list = (statuses: readonly ExecutionStatus[]): string => statuses.map((status) => `'${status}'`).join(', ')

/**
 * What a retry takes up again is alive once more. An earlier signal that came too late for its execution to take in may
 * still lie there: it counts, and comes to nothing.
 */
function revived(): string {
  return `ended as materialized (
      select g.* from execution_ends d join grouped g on g.tenant_id = d.tenant_id and g.id = d.id
      where 'retry' = any (g.kinds) order by d.tenant_id, d.id for update of d
    ),
    unended as (
      delete from execution_ends d using ended g
      where d.tenant_id = g.tenant_id and d.id = g.id and d.status in (${list(executionMoves.retry.from)})
      returning d.tenant_id, d.id, d.started_at, g.at, cardinality(g.ids) as sent
    ),
    live as (
      insert into live_executions (tenant_id, id, status, runnable_at, started_at, pending_signals, concurrency_key, concurrency_limit)
      select u.tenant_id, u.id, 'queued', u.at, u.started_at, u.sent + (select count(*) from signals s
        where s.tenant_id = u.tenant_id and s.execution_id = u.id), e.concurrency_key, e.concurrency_limit
      from unended u join executions e on e.tenant_id = u.tenant_id and e.id = u.id returning id
    ),
    revived as (select null::uuid as worker_id, g.* from live join grouped g on g.id = live.id)`
}

/** The statuses in which each kind of signal is taken, from the one table of moves. An execution that has ended takes none here. */
function allowed(): string {
  const { cancel, pause, resume, migrate } = executionMoves
  return `case
    when 'retry' = any (g.kinds) then false
    when 'cancel' = any (g.kinds) then e.status in (${list(cancel.from)})
    when 'pause' = any (g.kinds) then e.status in (${list(pause.from)})
    when 'resume' = any (g.kinds) then e.status in (${list(resume.from)})
    when 'migrate' = any (g.kinds) then e.status in (${list(migrate.from)})
    else true end`
}

interface SignalRow {
  tenant_id: string
  execution_id: string
  id: string
  kind: SignalKind
  step: string | null
  item: number | null
  data: Json
}

/** The signals of some executions that wait to be taken in, oldest first. */
export async function readSignals(db: Queryable, keys: readonly ExecutionKey[]): Promise<StoredSignal[]> {
  const { rows } = await db.query<SignalRow>({
    name: 'read_signals',
    text: `select s.tenant_id, s.execution_id, s.id, s.kind, s.step, s.item, s.data
      from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, execution_id)
      join signals s on s.tenant_id = k.tenant_id and s.execution_id = k.execution_id order by s.id`,
    values: [keys.map((key) => key.tenantId), keys.map((key) => key.executionId)],
  })
  return rows.map(stored)
}

/** The signals for executions that a worker owns. The table holds only what nobody has taken in, so it stays small. */
export async function readOwnedSignals(db: Queryable, workerId: string): Promise<StoredSignal[]> {
  const { rows } = await db.query<SignalRow>({
    name: 'read_owned_signals',
    text: `select s.tenant_id, s.execution_id, s.id, s.kind, s.step, s.item, s.data
      from signals s join live_executions e on e.tenant_id = s.tenant_id and e.id = s.execution_id
      where e.worker_id = $1 order by s.id`,
    values: [workerId],
  })
  return rows.map(stored)
}

function stored(row: SignalRow): StoredSignal {
  return {
    tenantId: row.tenant_id,
    executionId: row.execution_id,
    id: row.id,
    kind: row.kind,
    step: row.step ?? undefined,
    item: row.item ?? undefined,
    data: row.data,
  }
}
