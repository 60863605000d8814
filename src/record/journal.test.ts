// What the journal promises: each event comes back as it was written, in order.

import { expect, test } from 'vitest'
import { newId, openTestDatabase } from '../../tests/setup/database.ts'
import { commitOf, newExecution, now, startWorker } from '../../tests/setup/executions.ts'
import type { Failure, JournalEvent, JournalEventType } from '../kernel/plan/journal.ts'
import { writeCommit } from './commit.ts'
import { readJournal, readJournals, wasCommitted } from './journal.ts'
import { ensureJournalPartitions } from './partitions.ts'
import { retireWorker } from './workers.ts'

const database = openTestDatabase()
const at = now.getTime()
const failure: Failure = { code: 'http_failed', message: 'No answer', retry: true, detail: { status: 503 } }
const timed = { at, startedAt: at - 17 }

/** Each type in each of its shapes; a type that is added to the kernel fails to compile until it is here. */
const shapes: { readonly [Type in JournalEventType]: readonly Extract<JournalEvent, { type: Type }>[] } = {
  'step.started': [
    { type: 'step.started', step: 'a', attempt: 1, at },
    { type: 'step.started', step: 'a', item: 0, attempt: 3, at },
  ],
  'step.fanned_out': [{ type: 'step.fanned_out', step: 'a', items: [1, null, { x: [true] }], at }],
  'step.waiting': [
    { type: 'step.waiting', step: 'a', attempt: 1, wait: { on: 'timer', until: at + 5 }, ...timed },
    {
      type: 'step.waiting',
      step: 'a',
      item: 7,
      attempt: 2,
      wait: { on: 'approval', ref: newId() },
      memo: { n: 1 },
      at,
    },
  ],
  'step.retrying': [{ type: 'step.retrying', step: 'a', attempt: 1, failure, until: at + 9, ...timed }],
  'step.completed': [
    { type: 'step.completed', step: 'a', attempt: 1, outcome: 'completed', output: null, at, startedAt: at },
    { type: 'step.completed', step: 'a', attempt: 1, outcome: 'approved', output: null, at, startedAt: at },
    { type: 'step.completed', step: 'a', item: 2, attempt: 4, outcome: 'completed', output: { x: 'ü' }, ...timed },
    { type: 'step.completed', step: 'a', attempt: 1, outcome: 'completed', output: false, at, startedAt: at },
  ],
  'step.failed': [
    { type: 'step.failed', step: 'a', attempt: 1, outcome: 'failed', failure, ...timed },
    { type: 'step.failed', step: 'a', attempt: 2, outcome: 'expired', failure, at },
  ],
  'step.skipped': [
    { type: 'step.skipped', step: 'a', at },
    { type: 'step.skipped', step: 'a', item: 1, at },
  ],
  'compensation.retrying': [{ type: 'compensation.retrying', step: 'a', attempt: 1, failure, until: at, at }],
  'compensation.completed': [
    { type: 'compensation.completed', step: 'a', attempt: 1, output: null, at },
    { type: 'compensation.completed', step: 'a', attempt: 2, output: [1], at },
  ],
  'compensation.failed': [{ type: 'compensation.failed', step: 'a', attempt: 5, failure, at }],
  'execution.paused': [
    { type: 'execution.paused', by: 'ana', at },
    { type: 'execution.paused', by: 'ana', reason: 'look first', at },
  ],
  'execution.resumed': [{ type: 'execution.resumed', by: 'ana', at }],
  'execution.cancelling': [{ type: 'execution.cancelling', by: 'ana', reason: 'wrong order', at }],
  'execution.failing': [{ type: 'execution.failing', failure, at }],
  'execution.retried': [
    { type: 'execution.retried', by: 'ana', steps: [], at },
    { type: 'execution.retried', by: 'ana', steps: ['a', 'b'], versionId: newId(), at },
  ],
  'execution.migrated': [
    { type: 'execution.migrated', by: 'ana', versionId: newId(), dropped: [], at },
    { type: 'execution.migrated', by: 'ana', reason: 'mended', versionId: newId(), dropped: ['a'], at },
  ],
  'execution.ended': [
    { type: 'execution.ended', status: 'completed', at },
    { type: 'execution.ended', status: 'completed', output: null, at },
    { type: 'execution.ended', status: 'completed', output: { total: 1.5 }, at },
    { type: 'execution.ended', status: 'failed', failure, at },
    { type: 'execution.ended', status: 'cancelled', at },
  ],
}
const events: readonly JournalEvent[] = Object.values(shapes).flat()

async function write(tenantId: string, executionId: string, given: readonly JournalEvent[]): Promise<string> {
  const worker = await startWorker(database)
  const entries = given.map((event, index) => ({ tenantId, executionId, seq: index + 1, event }))
  await writeCommit(database.engine, worker, commitOf({ entries }), now)
  return worker
}

test('every event of every type comes back as it was written', async () => {
  const key = { tenantId: newId(), executionId: newId() }
  await write(key.tenantId, key.executionId, events)
  const journals = await readJournals(database.engine, [key])
  expect(journals.get(key.executionId)).toStrictEqual(events)
  const followed = await readJournal(database.engine, key)
  expect(followed.map(({ event }) => event)).toStrictEqual(events)
})

test('a character that the database cannot hold becomes the replacement character', async () => {
  const key = { tenantId: newId(), executionId: newId() }
  const event = {
    type: 'step.completed',
    step: 'a',
    attempt: 1,
    outcome: 'completed',
    output: 'a\0b\\u0000',
    at,
  } as const
  await write(key.tenantId, key.executionId, [event])
  const [read] = (await readJournals(database.engine, [key])).get(key.executionId) ?? []
  expect(read).toMatchObject({ output: 'a\ufffdb\\u0000' })
})

test('journals of several executions are kept apart; one without events is empty', async () => {
  const tenantId = newId()
  const [one, two, none] = [newId(), newId(), newId()]
  await write(tenantId, one, events.slice(0, 2))
  await write(tenantId, two, events.slice(2, 5))
  const keys = [one, two, none].map((executionId) => ({ tenantId, executionId }))
  const journals = await readJournals(database.engine, keys)
  expect([...journals.values()]).toEqual([events.slice(0, 2), events.slice(2, 5), []])
  const foreign = await readJournals(database.engine, [{ tenantId: newId(), executionId: one }])
  expect(foreign.get(one)).toEqual([])
})

test('whoever follows a journal gets what came after a position', async () => {
  const key = { tenantId: newId(), executionId: newId() }
  await write(key.tenantId, key.executionId, events.slice(0, 5))
  expect(await readJournal(database.engine, key, 3)).toEqual([
    { seq: 4, event: events[3] },
    { seq: 5, event: events[4] },
  ])
})

test('a commit whose answer was lost can be told from one that was not written', async () => {
  const execution = newExecution(newId())
  const key = { tenantId: execution.tenantId, executionId: execution.id }
  const entry = { ...key, seq: 1, event: { type: 'step.skipped', step: 'a', at } as const }
  const worker = await startWorker(database)
  const commit = { entries: [entry], rests: [] }
  expect(await wasCommitted(database.engine, worker, commit)).toBe(false)
  await writeCommit(database.engine, worker, commitOf(commit), now)
  expect(await wasCommitted(database.engine, worker, commit)).toBe(true)
  expect(await wasCommitted(database.engine, worker, { entries: [], rests: [key] })).toBe(true)
  expect(await wasCommitted(database.engine, worker, { entries: [], rests: [] })).toBe(false)
  // Dead, it cannot have written it: what is there is the work of whoever took over.
  await retireWorker(database.engine, worker, now)
  expect(await wasCommitted(database.engine, worker, commit)).toBe(false)
})

test('partitions are made for whole months, twice without harm, and take the executions of their month', async () => {
  const month = new Date('2031-02-14T00:00:00Z')
  await ensureJournalPartitions(database.engine, month, 2)
  await ensureJournalPartitions(database.engine, month, 2)
  const partitionOf = async (executionId: string): Promise<string | undefined> => {
    await write(newId(), executionId, [{ type: 'execution.resumed', by: 'ana', at }])
    const { rows } = await database.engine.query<{ name: string }>(
      'select tableoid::regclass::text as name from journal where execution_id = $1',
      [executionId],
    )
    return rows[0]?.name
  }
  const madeAt = (text: string): string => {
    const hex = new Date(text).getTime().toString(16).padStart(12, '0')
    return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`
  }
  expect(await partitionOf(madeAt('2031-02-01T00:00:00.000Z'))).toBe('journal_2031_02')
  expect(await partitionOf(madeAt('2031-02-28T23:59:59.999Z'))).toBe('journal_2031_02')
  expect(await partitionOf(madeAt('2031-03-01T00:00:00.000Z'))).toBe('journal_2031_03')
  expect(await partitionOf(madeAt('2031-01-31T23:59:59.999Z'))).toBe('journal_default')
})
