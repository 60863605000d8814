// The commit: what a worker learned about many executions, written at once, behind the fence.

import type { Json } from '../kernel/json.ts'
import type { Failure } from '../kernel/plan/journal.ts'
import { type NewApproval, insertApprovals } from './approvals.ts'
import { inTransaction, type Pool, type Queryable } from './database.ts'
import { type NewEventWait, insertEventWaits } from './event-waits.ts'
import { type NewExecution, startExecutions } from './executions.ts'
import { type NewForm, insertForms } from './forms.ts'
import { type ExecutionKey, type JournalEntry, journalColumns } from './journal.ts'
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
  readonly workflowId: string
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

const appendStatement = `with ${fence},
  appended as (
    insert into journal (tenant_id, execution_id, seq, type, step, item, attempt, outcome, at, started_at, data)
    select j.* from fence, unnest($2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::integer[],
      $8::smallint[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::jsonb[]) as j
    returning 1
  ),
  rests as materialized (
    select * from unnest($14::uuid[], $15::uuid[], $16::text[], $17::timestamptz[], $18::jsonb[], $19::jsonb[], $20::integer[],
      $21::boolean[], $22::uuid[]) as r (tenant_id, id, status, wake_at, output, failure, held, ended, workflow_id)
  ),
  ${lockedFirst('rests')},
  rested as (
    update executions e set
      status = r.status, worker_id = null, takeovers = 0, output = r.output, failure = r.failure,
      runnable_at = case when r.ended then null when e.pending_signals > r.held then $13 else r.wake_at end,
      ended_at = case when r.ended then $13 end,
      chain_pending = r.ended and exists (
        select from workflows w join triggers t on t.tenant_id = w.tenant_id and t.kind = 'workflow'
          and t.subject = w.name and t.enabled
        where w.tenant_id = e.tenant_id and w.id = r.workflow_id)
    from fence, locked r
    where e.tenant_id = r.tenant_id and e.id = r.id and ${owns('fence.id')}
    returning e.concurrency_key is not null and r.ended as frees
  ),
  told as (select pg_notify('countersign_runnable', '') where exists (select from rested where frees))
  select (select count(*)::integer from appended) as appended, (select count(*) from told) as told,
    (select 1 / (count(*) = cardinality($15))::integer from rested) as whole`

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
  const statement = db.query<{ appended: number }>({
    name: 'append',
    text: appendStatement,
    values: [workerId, ...journalColumns(entries), now, ...restColumns(rests)],
  })
  // A rest of an execution that is not the worker's divides by zero, which undoes the whole statement.
  const { rows } = await statement.catch((error: Error & { code?: string }) => {
    throw error.code === '22012' ? new LeaseLostError() : error
  })
  if (rows[0]?.appended !== entries.length) throw new LeaseLostError()
}

function restColumns(rests: readonly Rest[]): unknown[] {
  return [
    rests.map((rest) => rest.tenantId),
    rests.map((rest) => rest.executionId),
    rests.map((rest) => rest.status),
    rests.map((rest) => rest.wakeAt ?? null),
    rests.map((rest) => (rest.output === null ? null : jsonText(rest.output))),
    rests.map((rest) => (rest.failure === undefined ? null : jsonText(rest.failure))),
    rests.map((rest) => rest.heldSignals),
    rests.map((rest) => rest.status !== 'waiting' && rest.status !== 'paused'),
    rests.map((rest) => rest.workflowId),
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
      update executions e set pending_signals = e.pending_signals - t.count
      from (select tenant_id, execution_id, count(*)::integer as count from taken group by tenant_id, execution_id) t
      where e.tenant_id = t.tenant_id and e.id = t.execution_id`,
    values: [consumed.map((c) => c.tenantId), consumed.map((c) => c.executionId), consumed.map((c) => c.id)],
  })
}
