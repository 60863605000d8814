// Executions and workers for tests of the record, without workflows behind them.

import type { Database } from '../../src/record/database.ts'
import type { Rest } from '../../src/record/append.ts'
import type { Commit } from '../../src/record/commit.ts'
import { type NewExecution, startExecutions } from '../../src/record/executions.ts'
import type { NewSignal, SignalKind } from '../../src/record/signals.ts'
import { registerWorker } from '../../src/record/workers.ts'
import { newId } from './database.ts'

/** The moment at which these tests take place. */
export const now = new Date('2026-11-21T12:00:00Z')
export const later = (ms: number): Date => new Date(now.getTime() + ms)

export function newExecution(tenantId: string, given: Partial<NewExecution> = {}): NewExecution {
  const ids = { id: newId(), workflowId: newId(), versionId: newId() }
  return { tenantId, ...ids, inputs: {}, trigger: {}, startedBy: 'test', createdAt: now, ...given }
}

/** Queues executions and returns their ids. */
export async function queue(
  { engine }: Database,
  tenantId: string,
  count: number,
  given: Partial<NewExecution> = {},
): Promise<string[]> {
  const executions = Array.from({ length: count }, () => newExecution(tenantId, given))
  await startExecutions(engine, executions)
  return executions.map(({ id }) => id)
}

export async function startWorker({ engine }: Database): Promise<string> {
  const id = newId()
  await registerWorker(engine, { id, name: 'test' }, now)
  return id
}

export function restOf(tenantId: string, executionId: string, given: Partial<Rest> = {}): Rest {
  const nothing = { wakeAt: undefined, output: null, failure: undefined, heldSignals: 0 }
  return { tenantId, executionId, status: 'waiting', ...nothing, ...given }
}

export function commitOf(given: Partial<Commit>): Commit {
  const records = { consumed: [], closedWaits: [], approvals: [], forms: [], eventWaits: [] }
  return {
    entries: [],
    rests: [],
    notifications: [],
    executions: [],
    signals: [],
    concurrencyMoves: [],
    ...records,
    ...given,
  }
}

export function signalOf(
  tenantId: string,
  executionId: string,
  kind: SignalKind = 'callback',
  given: Partial<NewSignal> = {},
): NewSignal {
  return { tenantId, executionId, id: newId(), kind, data: {}, createdAt: now, ...given }
}

/** Ends an execution without a worker. */
export async function endExecution({ engine }: Database, id: string, status: 'completed' | 'failed' | 'cancelled') {
  await engine.query(
    `with gone as (delete from live_executions where id = $1 returning tenant_id, id)
      insert into execution_ends (tenant_id, id, started_at, ended_at, status) select tenant_id, id, $3, $3, $2 from gone`,
    [id, status, now],
  )
}

/** The execution as the database has it. */
export async function rowOf({ engine }: Database, id: string): Promise<Record<string, unknown>> {
  const { rows } = await engine.query<Record<string, unknown>>('select * from execution_states where id = $1', [id])
  const [row] = rows
  if (row === undefined) throw new Error(`No execution ${id}`)
  return row
}
