// Executions that workers have died on: what they were running is tried again, and given up when it seems to kill.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'
import type { JournalEvent } from '../../src/kernel/plan/journal.ts'
import { claimExecutions } from '../../src/record/claims.ts'
import { append } from '../../src/record/append.ts'
import type { Database } from '../../src/record/database.ts'
import { ensureJournalPartitions } from '../../src/record/partitions.ts'
import { retireWorker, registerWorker } from '../../src/record/workers.ts'
import { createTestTenant, newId, openOwnDatabase } from '../setup/database.ts'
import { inShort, TestEngine, until } from './engine.test-kit.ts'
import { recorded } from './test-pack.ts'

let database: Database
/** Runs only while a test says so, so that the executions before it are those of dead workers. */
let engine: TestEngine

beforeAll(async () => {
  database = await openOwnDatabase()
  await ensureJournalPartitions(database.engine, new Date(), 1)
})
afterAll(() => database.close())

/** An execution that `takeovers` workers have died on, with what they wrote; then an engine starts and goes on with it. */
async function goOn(workflow: Workflow, takeovers: number, events: readonly JournalEvent[]): Promise<string> {
  engine = new TestEngine(database, await createTestTenant(database), { pollMs: 50, drainMs: 100 })
  const id = await engine.start(workflow)
  const dead = newId()
  await registerWorker(database.engine, { id: dead, name: 'dead' }, new Date())
  await claimExecutions(database.engine, dead, 10, new Date())
  const entries = events.map((event, index) => ({ tenantId: engine.tenant.id, executionId: id, seq: index + 1, event }))
  await append(database.engine, dead, entries, [], new Date())
  await retireWorker(database.engine, dead, new Date())
  await engine.rows(`update live_executions set takeovers = $2 where id = $1`, [id, takeovers])
  await engine.engine.start()
  return id
}

const at = Date.now()
const started = (step: string, item?: number): JournalEvent => ({
  ...{ type: 'step.started', step, attempt: 1, at },
  ...(item !== undefined && { item }),
})
const record = (id: string, more: Partial<Step> = {}): Step => ({ id, action: 'test.record', ...more })
const callsOf = (id: string) => recorded.filter((call) => call.executionId === id).map((call) => call.step)

test('after a death or two, a run is the same attempt again', async () => {
  const id = await goOn({ name: 'again', steps: [record('a')] }, 2, [started('a')])
  const { execution, events } = await engine.ended(id)
  expect(execution.status).toBe('completed')
  expect(events.find((event) => event.type === 'step.completed')).toMatchObject({ attempt: 1 })
  await engine.engine.stop()
})

test('where a worker has died, a run is written down before it starts', async () => {
  const id = await goOn(
    { name: 'written', steps: [record('a'), record('b', { for_each: { items: [1, 2] }, depends_on: ['a'] })] },
    1,
    [],
  )
  const events = inShort((await engine.ended(id)).events)
  expect(events.indexOf('started a')).toBeLessThan(events.indexOf('completed a'))
  expect(events.indexOf('started b[0]')).toBeLessThan(events.indexOf('completed b[0]'))
  await engine.engine.stop()
})

test('after three deaths what was running counts as a failed attempt, and what was not is run', async () => {
  const steps = [record('a', { on_error: 'mend' }), record('b'), record('mend')]
  const id = await goOn({ name: 'lost', steps }, 3, [started('a')])
  const { execution, events } = await engine.ended(id)
  expect(execution.status).toBe('completed')
  expect(events.find((event) => event.type === 'step.failed')).toMatchObject({
    step: 'a',
    failure: { code: 'worker_lost' },
  })
  expect(callsOf(id).toSorted()).toEqual(['b', 'mend'])
  await engine.engine.stop()
})

test('and is tried again when the step has attempts left', async () => {
  const retry = { attempts: 2, initial: '1ms' }
  const id = await goOn({ name: 'retried', steps: [record('a', { retry })] }, 3, [started('a')])
  const { execution, events } = await engine.ended(id)
  expect(execution.status).toBe('completed')
  expect(inShort(events)).toEqual(['started a', 'retrying a', 'started a', 'completed a', 'ended'])
  await engine.engine.stop()
})

test('of a for_each only the items that were running are given up', async () => {
  const all = record('all', { for_each: { items: [1, 2, 3], concurrency: 2, on_item_error: 'continue' } })
  const fanned: JournalEvent = { type: 'step.fanned_out', step: 'all', items: [1, 2, 3], at }
  const id = await goOn({ name: 'items', steps: [all], output: '{{ steps.all.output.failed.map(f, f.index) }}' }, 3, [
    fanned,
    started('all', 1),
  ])
  expect((await engine.ended(id)).execution).toMatchObject({ status: 'completed', output: [1] })
  expect(callsOf(id)).toHaveLength(2)
  await engine.engine.stop()
})

test('after many deaths without a run to blame, the execution as a whole is given up', async () => {
  const id = await goOn({ name: 'hopeless', steps: [record('a', { on_error: 'mend' }), record('mend')] }, 10, [])
  expect((await engine.ended(id)).execution).toMatchObject({ status: 'failed', failure: { code: 'worker_lost' } })
  expect(callsOf(id)).toEqual([])
  await engine.engine.stop()
})

test('a compensation that workers died on is a failed attempt as well', async () => {
  const undo = { compensate: { action: 'test.record' } }
  const steps = [record('a', undo), record('b', { ...undo, retry: { attempts: 1 }, depends_on: ['a'] })]
  const completed = (step: string): JournalEvent => ({
    type: 'step.completed',
    step,
    attempt: 1,
    outcome: 'completed',
    output: null,
    at,
  })
  const cancelling: JournalEvent = { type: 'execution.cancelling', by: 'ana', at }
  const id = await goOn({ name: 'undo', steps }, 3, [completed('a'), completed('b'), cancelling])
  const { execution, events } = await engine.ended(id)
  expect(execution.status).toBe('cancelled')
  expect(events.slice(-3).map((event) => event.type)).toEqual([
    'compensation.failed',
    'compensation.completed',
    'execution.ended',
  ])
  await engine.engine.stop()
})

test('an execution that cannot be loaded is left alone for a minute, while others go on', async () => {
  engine = new TestEngine(database, await createTestTenant(database), { pollMs: 50, drainMs: 100 })
  const [sore, fine] = [
    await engine.start({ name: 'sore', steps: [record('a')] }),
    await engine.start({ name: 'fine', steps: [record('a')] }),
  ]
  const versions = `update workflow_versions set definition = $2 where id = (select version_id from executions where id = $1) returning definition`
  const [{ definition } = { definition: {} }] = await engine.rows<{ definition: object }>(
    `select definition from workflow_versions where id = (select version_id from executions where id = $1)`,
    [sore],
  )
  await engine.rows(versions, [sore, { no: 'workflow' }])
  await engine.engine.start()
  expect((await engine.ended(fine)).execution.status).toBe('completed')
  await until(() => engine.logs.find((line) => line.message.includes('could not be loaded')))
  await until(async () => ((await engine.execution(sore)).workerId === null ? true : undefined))
  expect((await engine.execution(sore)).runnableAt?.getTime()).toBeGreaterThan(engine.now() + 30_000)
  await engine.rows(versions, [sore, definition])
  engine.travel(60_000)
  expect((await engine.ended(sore)).execution.status).toBe('completed')
  await engine.engine.stop()
})
