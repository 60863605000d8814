// What the plans of the hot statements promise: everything is found by its key, however empty the tables were when it was planned.

import { expect, test } from 'vitest'
import { newId, openOwnDatabase } from '../../tests/setup/database.ts'
import { commitOf, newExecution, now, restOf, signalOf } from '../../tests/setup/executions.ts'
import { claimExecutions, isLimitedWaiting, nextDueAt } from './claims.ts'
import { append } from './commit.ts'
import type { Queryable } from './database.ts'
import { startExecutions } from './executions.ts'
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
  'look for limits': isLimitedWaiting,
  'look ahead': (db) => nextDueAt(db, now),
  append: (db) => append(db, newId(), [entry], [], now),
  'append and rest': (db) => append(db, newId(), [entry], commitOf({ rests: [restOf(newId(), newId())] }).rests, now),
  'send signals': (db) => sendSignals(db, [signalOf(newId(), newId())]),
  'read signals': (db) => readSignals(db, [key]),
  'read owned signals': (db) => readOwnedSignals(db, newId()),
  'read journals': (db) => readJournals(db, [key]),
}

test.each(Object.entries(statements))('%s scans no table of executions', async (_, run) => {
  const database = await openOwnDatabase()
  const plan: string[] = []
  const explain = async ({ text }: { text: string }) => {
    const { rows } = await database.engine.query<Record<string, string>>(`explain (generic_plan) ${text}`)
    plan.push(...rows.flatMap((row) => Object.values(row)))
    return { rows: [], rowCount: 0 }
  }
  await run(Object.assign(Object.create(database.engine), { query: explain })).catch(() => undefined)
  await database.close()
  expect(plan).not.toEqual([])
  expect(plan.filter((line) => /Seq Scan on|Hash Join|Merge Join/.test(line))).toEqual([])
})
