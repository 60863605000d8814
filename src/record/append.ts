// The append: events written and executions let go, behind the fence, in one statement.

import type { Json } from '../kernel/json.ts'
import type { Failure } from '../kernel/plan/journal.ts'
import { plainArray, textArray } from './array-text.ts'
import type { Queryable } from './database.ts'
import {
  type ExecutionKey,
  insertEvents,
  journalArrays,
  type JournalEntry,
  journalRow,
  manyEvents,
  oneEvent,
} from './journal.ts'
import { jsonText } from './json-text.ts'
import { lockedFirst, owns } from './lock-order.ts'
import { fence, LeaseLostError } from './workers.ts'

/** An execution that its worker lets go of: it waits, is paused, or has ended. */
export interface Rest extends ExecutionKey {
  readonly status: 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled'
  readonly wakeAt: Date | undefined
  readonly output: Json
  readonly failure: Failure | undefined
  /** Signals that the worker has seen and cannot take in yet; more than these make it runnable again at once. */
  readonly heldSignals: number
}

const appendOne = `with ${fence} ${insertEvents(oneEvent)}`
const appendMany = `with ${fence} ${insertEvents(manyEvents)}`

/**
 * What rests lives on in `live_executions`; what has ended leaves it, and the signals that came too late with it. Rows are
 * locked in the one order: by themselves when all are updated or all deleted, else by a pass of its own.
 */
const appendAndRest = (locked: string): string => `with ${fence},
  appended as (${insertEvents(manyEvents)} returning 1),
  rests as materialized (
    select * from unnest($14::uuid[], $15::uuid[], $16::text[], $17::timestamptz[], $18::jsonb[], $19::jsonb[], $20::integer[],
      $21::boolean[]) as r (tenant_id, id, status, wake_at, output, failure, held, ended)
  ),
  ${locked},
  rested as (
    update live_executions e set status = r.status, worker_id = null, takeovers = 0,
      runnable_at = case when e.pending_signals > r.held then $13 else r.wake_at end
    from fence, locked r
    where not r.ended and e.tenant_id = r.tenant_id and e.id = r.id and ${owns('fence.id')}
    returning e.id
  ),
  left_life as (
    delete from live_executions e using fence, locked r
    where r.ended and e.tenant_id = r.tenant_id and e.id = r.id and ${owns('fence.id')}
    returning e.tenant_id, e.id, e.started_at, e.pending_signals, e.concurrency_key, r.status, r.output, r.failure
  ),
  ended as (
    insert into execution_ends (tenant_id, id, started_at, ended_at, status, output, failure)
    select tenant_id, id, started_at, $13, status, output, failure from left_life
    returning tenant_id, id
  ),
  chained as (
    insert into chained_ends (tenant_id, execution_id, ended_at)
    select d.tenant_id, d.id, $13 from ended d where exists (
      select from executions e join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
        join triggers t on t.tenant_id = w.tenant_id and t.kind = 'workflow' and t.subject = w.name and t.enabled
      where e.tenant_id = d.tenant_id and e.id = d.id)
  ),
  too_late as (
    delete from signals s using left_life d
    where d.pending_signals > 0 and s.tenant_id = d.tenant_id and s.execution_id = d.id
  ),
  told as (select pg_notify('countersign_runnable', '') where exists (select from left_life where concurrency_key is not null))
  select (select count(*)::integer from appended) as appended, (select count(*) from told) as told,
    (select 1 / ((select count(*) from rested) + (select count(*) from ended) = cardinality($15))::integer) as whole`

const inOrder = `locked as materialized (select * from rests order by tenant_id, id)`
const appendAndRestAlike = appendAndRest(inOrder)
const appendAndRestMixed = appendAndRest(lockedFirst('rests'))

/**
 * Appends events and lets executions go. The journal's primary key is the second fence: a stale writer collides.
 * Whoever waits for a place under a concurrency limit is told when one gets free.
 */
export async function append(
  db: Queryable,
  workerId: string,
  entries: readonly JournalEntry[],
  rests: readonly Rest[],
  now: Date,
): Promise<void> {
  if (rests.length === 0) return appendEvents(db, workerId, entries)
  const isMixed = new Set(rests.map(isEnd)).size > 1
  // A rest of an execution that is not the worker's divides by zero, which undoes the whole statement.
  const { rows } = await db
    .query<{ appended: number }>({
      name: isMixed ? 'append_mixed' : 'append',
      text: isMixed ? appendAndRestMixed : appendAndRestAlike,
      values: [workerId, ...journalArrays(entries), now, ...restColumns(rests)],
    })
    .catch((error: Error & { code?: string }) => {
      throw error.code === '22012' ? new LeaseLostError() : error
    })
  if (rows[0]?.appended !== entries.length) throw new LeaseLostError()
}

/** Events alone are most of what a worker writes; one alone is what somebody waits for. */
async function appendEvents(db: Queryable, workerId: string, entries: readonly JournalEntry[]): Promise<void> {
  const [entry, ...others] = entries
  if (entry === undefined) return
  const { rowCount } = await db.query(
    others.length === 0
      ? { name: 'append_one', text: appendOne, values: [workerId, ...journalRow(entry)] }
      : { name: 'append_events', text: appendMany, values: [workerId, ...journalArrays(entries)] },
  )
  if (rowCount !== entries.length) throw new LeaseLostError()
}

const isEnd = ({ status }: Rest): boolean => status !== 'waiting' && status !== 'paused'

function restColumns(rests: readonly Rest[]): unknown[] {
  return [
    plainArray(rests.map((rest) => rest.tenantId)),
    plainArray(rests.map((rest) => rest.executionId)),
    plainArray(rests.map((rest) => rest.status)),
    plainArray(rests.map((rest) => rest.wakeAt?.toISOString() ?? null)),
    textArray(rests.map((rest) => (rest.output === null ? null : jsonText(rest.output)))),
    textArray(rests.map((rest) => (rest.failure === undefined ? null : jsonText(rest.failure)))),
    plainArray(rests.map((rest) => rest.heldSignals)),
    plainArray(rests.map((rest) => String(isEnd(rest)))),
  ]
}
