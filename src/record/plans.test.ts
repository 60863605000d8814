// What the plans of the hot statements promise: everything is found by its key, however empty the tables were when it was planned.

import { expect, test } from 'vitest'
import { newId, openOwnDatabase } from '../../tests/setup/database.ts'
import { commitOf, newExecution, now, restOf, signalOf } from '../../tests/setup/executions.ts'
import { claimExecutions, nextDueAt } from './claims.ts'
import { append } from './append.ts'
import type { Queryable } from './database.ts'
import { findWaitsOfEvents } from './event-waits.ts'
import { insertReceipts } from './events.ts'
import { executionStatuses } from '../kernel/plan/moves.ts'
import { listExecutions, startExecutions } from './executions.ts'
import { readJournals } from './journal.ts'
import { readOwnedSignals, readSignals, sendSignals } from './signals.ts'

const entry = {
  tenantId: newId(),
  executionId: newId(),
  seq: 1,
  event: { type: 'step.skipped', step: 'a', at: 1 },
} as const
const key = { tenantId: newId(), executionId: newId() }

const statements: Record<string, (db: Queryable) => Promise<unknown>> = {
  start: (db) => startExecutions(db, [newExecution(newId())]),
  claim: (db) => claimExecutions(db, newId(), 10, now),
  'look ahead': (db) => nextDueAt(db, now),
  append: (db) => append(db, newId(), [entry], [], now),
  'append many': (db) => append(db, newId(), [entry, entry], [], now),
  'append and rest': (db) => append(db, newId(), [entry], commitOf({ rests: [restOf(newId(), newId())] }).rests, now),
  'send signals': (db) => sendSignals(db, [signalOf(newId(), newId())]),
  'read signals': (db) => readSignals(db, [key]),
  'read owned signals': (db) => readOwnedSignals(db, newId()),
  'read journals': (db) => readJournals(db, [key]),
  'insert receipts': (db) => insertReceipts(db, [{ tenantId: newId(), source: 'a', eventId: 'b', receivedAt: now }]),
  'find waits of events': (db) => findWaitsOfEvents(db, [{ tenantId: newId(), type: 'a', data: {} }]),
  'list all': (db) => listExecutions(db, newId(), { limit: 50, offset: 0 }),
  'list a workflow': (db) => listExecutions(db, newId(), { workflow: 'a', limit: 50, offset: 0 }),
  ...Object.fromEntries(
    executionStatuses.map((status) => [
      `list ${status}`,
      (db: Queryable) => listExecutions(db, newId(), { status, workflow: 'a', limit: 50, offset: 0 }),
    ]),
  ),
}

test.each(Object.entries(statements))('%s scans no table of executions', async (_, run) => {
  const database = await openOwnDatabase()
  const plan: string[] = []
  const explain = async (statement: string | { text: string }) => {
    const text = typeof statement === 'string' ? statement : statement.text
    const { rows } = await database.engine.query<Record<string, string>>(`explain (generic_plan) ${text}`)
    plan.push(...rows.flatMap((row) => Object.values(row)))
    return { rows: [], rowCount: 0 }
  }
  await run(Object.assign(Object.create(database.engine), { query: explain })).catch(() => undefined)
  await database.close()
  expect(plan).not.toEqual([])
  expect(plan.filter((line) => /Seq Scan on|Hash Join|Merge Join/.test(line))).toEqual([])
})
