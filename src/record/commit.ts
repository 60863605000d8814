// The commit: what a worker learned about many executions, written at once, behind the fence.

import { append, type Rest } from './append.ts'
import { type NewApproval, insertApprovals } from './approvals.ts'
import { type ConcurrencyMove, moveConcurrency } from './concurrency-moves.ts'
import { inTransaction, type Pool, type Queryable } from './database.ts'
import { type NewEventWait, insertEventWaits } from './event-waits.ts'
import { type NewExecution, startExecutions } from './executions.ts'
import { type NewForm, insertForms } from './forms.ts'
import type { ExecutionKey, JournalEntry } from './journal.ts'
import { lockExecutions } from './lock-order.ts'
import { type NewNotification, insertNotifications } from './notifications.ts'
import { type NewSignal, sendSignals } from './signals.ts'
import { closeWaits, type ClosedWait } from './waits.ts'
import { fence, LeaseLostError } from './workers.ts'

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
  readonly concurrencyMoves: readonly ConcurrencyMove[]
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
  const { consumed, signals, concurrencyMoves: moves } = commit
  if (consumed.length > 0 || signals.length > 0 || moves.length > 0)
    await lockExecutions(client, [...consumed, ...signals, ...moves, ...rests])
  if (consumed.length > 0) await consumeSignals(client, consumed)
  if (moves.length > 0) await moveConcurrency(client, moves)
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
