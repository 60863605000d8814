// The commit: what a worker learned about many executions, written at once, behind the fence.

import type { Json } from '../kernel/json.ts'
import type { Failure } from '../kernel/plan/journal.ts'
import { plainArray, textArray } from './array-text.ts'
import { type NewApproval, insertApprovals } from './approvals.ts'
import { inTransaction, type Pool, type Queryable } from './database.ts'
import { type NewEventWait, insertEventWaits } from './event-waits.ts'
import { type NewExecution, startExecutions } from './executions.ts'
import { type NewForm, insertForms } from './forms.ts'
import { appended, type ExecutionKey, journalArrays, type JournalEntry } from './journal.ts'
import { lockedFirst, lockExecutions, owns } from './lock-order.ts'
import { type NewNotification, insertNotifications } from './notifications.ts'
import { type NewSignal, sendSignals } from './signals.ts'
import { closeWaits, type ClosedWait } from './waits.ts'
import { fence, LeaseLostError } from './workers.ts'
import { jsonText } from './json-text.ts'

/** An execution that its worker lets go of: it waits, is paused, or has ended. */
export interface Rest extends ExecutionKey {
  readonly status: 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled'
  readonly wakeAt: Date | undefined
  readonly output: Json
  readonly failure: Failure | undefined
  /** Signals that the worker has seen and cannot take in yet; more than these make it runnable again at once. */
  readonly heldSignals: number
}

export interface Commit {
  readonly entries: readonly JournalEntry[]
  readonly rests: readonly Rest[]
  /** Signals that the entries take in, or that came to nothing. */
  readonly consumed: readonly (ExecutionKey & { readonly id: string })[]
  readonly closedWaits: readonly ClosedWait[]
  readonly approvals: readonly NewApproval[]
  readonly forms: readonly NewForm[]
  readonly eventWaits: readonly NewEventWait[]
  readonly notifications: readonly NewNotification[]
  readonly executions: readonly NewExecution[]
  readonly signals: readonly NewSignal[]
}

/**
 * Writes a commit. Events and rests alone are one statement; with anything else it is one transaction whose first
 * statement holds the fence. Throws `LeaseLostError`, having written nothing, when the worker no longer owns its executions.
 */
export async function writeCommit(pool: Pool, workerId: string, commit: Commit, now: Date): Promise<void> {
  const { entries, rests, ...others } = commit
  if (Object.values(others).every((list) => list.length === 0)) return append(pool, workerId, entries, rests, now)
  await inTransaction(pool, async (client) => {
    await holdFence(client, workerId)
    await writeRecords(client, commit, rests)
    await append(client, workerId, entries, rests, now)
  })
}

/** Takes the fence for the rest of the transaction: nobody can take over until it ends. */
export async function holdFence(client: Queryable, workerId: string): Promise<void> {
  const { rowCount } = await client.query({
    name: 'hold_fence',
    text: `with ${fence} select from fence`,
    values: [workerId],
  })
  if (rowCount !== 1) throw new LeaseLostError()
}

/**
 * What goes with the events: taken signals, new and closed waits, notifications, started executions. `rests` are those
 * that the same transaction is about to append. Locks are taken in one order everywhere: approvals and forms, then executions.
 */
export async function writeRecords(
  client: Queryable,
  commit: Omit<Commit, 'entries' | 'rests'>,
  rests: readonly Rest[] = [],
): Promise<void> {
  if (commit.closedWaits.length > 0) await closeWaits(client, commit.closedWaits)
  const { consumed, signals } = commit
  if (consumed.length > 0 || signals.length > 0) await lockExecutions(client, [...consumed, ...signals, ...rests])
  if (consumed.length > 0) await consumeSignals(client, consumed)
  if (commit.approvals.length > 0) await insertApprovals(client, commit.approvals)
  if (commit.forms.length > 0) await insertForms(client, commit.forms)
  if (commit.eventWaits.length > 0) await insertEventWaits(client, commit.eventWaits)
  if (commit.notifications.length > 0) await insertNotifications(client, commit.notifications)
  if (commit.executions.length > 0) {
    await startExecutions(client, commit.executions)
    await client.query(`select pg_notify('countersign_runnable', '')`)
  }
  if (signals.length > 0) await sendSignals(client, signals)
  // A wait that was opened and whose execution ended within one commit.
  const ends = commit.closedWaits.filter(({ step }) => step === undefined)
  if (ends.length > 0) await closeWaits(client, ends)
}

/** Events alone, which is most of what a worker writes. */
const appendEvents = `with ${fence}, ${appended} select count(*)::integer as appended from appended`

/**
 * What rests lives on in `live_executions`; what has ended leaves it, and the signals that came too late with it. Rows are
 * locked in the one order: by themselves when all are updated or all deleted, else by a pass of its own.
 */
const appendAndRest = (locked: string): string => `with ${fence}, ${appended},
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
  const statement = appending([workerId, ...journalArrays(entries)], rests, now)
  // A rest of an execution that is not the worker's divides by zero, which undoes the whole statement.
  const { rows } = await db.query<{ appended: number }>(statement).catch((error: Error & { code?: string }) => {
    throw error.code === '22012' ? new LeaseLostError() : error
  })
  if (rows[0]?.appended !== entries.length) throw new LeaseLostError()
}

function appending(
  written: unknown[],
  rests: readonly Rest[],
  now: Date,
): { name: string; text: string; values: unknown[] } {
  if (rests.length === 0) return { name: 'append_events', text: appendEvents, values: written }
  const values = [...written, now, ...restColumns(rests)]
  const isMixed = new Set(rests.map(isEnd)).size > 1
  if (isMixed) return { name: 'append_mixed', text: appendAndRestMixed, values }
  return { name: 'append', text: appendAndRestAlike, values }
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

async function consumeSignals(client: Queryable, consumed: Commit['consumed']): Promise<void> {
  await client.query({
    name: 'consume_signals',
    text: `with taken as (
        delete from signals s using unnest($1::uuid[], $2::uuid[], $3::uuid[]) as c (tenant_id, execution_id, id)
        where s.tenant_id = c.tenant_id and s.execution_id = c.execution_id and s.id = c.id
        returning s.tenant_id, s.execution_id
      )
      update live_executions e set pending_signals = e.pending_signals - t.count
      from (select tenant_id, execution_id, count(*)::integer as count from taken group by tenant_id, execution_id) t
      where e.tenant_id = t.tenant_id and e.id = t.execution_id`,
    values: [consumed.map((c) => c.tenantId), consumed.map((c) => c.executionId), consumed.map((c) => c.id)],
  })
}
