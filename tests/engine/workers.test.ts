// Two workers on one database: they share the work, one takes over from the other, and neither writes without its lease.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { readJournal } from '../../src/record/journal.ts'
import type { Database } from '../../src/record/database.ts'
import { takeOverLostWorkers } from '../../src/record/workers.ts'
import { createTestTenant, openOwnDatabase, type TestTenant } from '../setup/database.ts'
import { type EngineSettings, inShort, readWholeJournals, TestEngine, until } from './engine.test-kit.ts'
import { behave, Gate } from './test-pack.ts'

let database: Database
let tenant: TestTenant
const running = new Set<TestEngine>()

beforeAll(async () => {
  database = await openOwnDatabase(24)
  tenant = await createTestTenant(database)
})
afterEach(async () => {
  for (const engine of running) await engine.engine.stop()
  running.clear()
})
afterAll(() => database.close())

async function startWorker(settings: EngineSettings = {}): Promise<TestEngine> {
  const engine = new TestEngine(database, tenant, { leaseMs: 3000, pollMs: 50, drainMs: 200, ...settings })
  running.add(engine)
  await engine.engine.start()
  return engine
}

const nothing = (count: number) => Array.from({ length: count }, () => ({}))
const act = (id: string, as: string, more: Partial<Step> = {}): Step => ({
  id,
  action: 'test.act',
  config: { as },
  ...more,
})

/** Makes a worker seem silent for long, and takes over what it owned. */
async function takeAway({ database: { engine: pool }, engine: { worker } }: TestEngine): Promise<void> {
  const { id } = worker
  await until(async () => {
    await pool.query(`update workers set heartbeat_at = heartbeat_at - interval '1 hour' where id = $1`, [id])
    await takeOverLostWorkers(pool, 3_000_000, new Date())
    const { rows } = await pool.query<{ status: string }>(`select status from workers where id = $1`, [id])
    return rows[0]?.status === 'dead' ? true : undefined
  })
}

test('executions are shared out, and none runs on both', async () => {
  const [a, b] = [await startWorker({ capacity: 20 }), await startWorker({ capacity: 20 })]
  const starts = new Map<string, number>()
  behave('count', async ({ idempotencyKey }) => {
    starts.set(idempotencyKey, (starts.get(idempotencyKey) ?? 0) + 1)
    return { output: null }
  })
  const ids = await a.startMany(
    { name: 'shared', steps: [act('x', 'count'), act('y', 'count', { depends_on: ['x'] })] },
    nothing(300),
  )
  expect(await a.allEnded(ids)).toEqual({ completed: 300 })
  expect(starts.size).toBe(600)
  expect([...starts.values()].every((count) => count === 1)).toBe(true)
  await readWholeJournals(database.engine, ids)
  await until(() => (a.durable.length + b.durable.length === 900 ? true : undefined))
  expect(a.durable.length).toBeGreaterThan(0)
  expect(b.durable.length).toBeGreaterThan(0)
})

describe('a worker whose lease was taken away', () => {
  test('writes nothing, claims nothing, and begins anew under another name', async () => {
    const a = await startWorker()
    const gate = new Gate()
    behave('stands still', async () => gate.enter().then(() => ({ output: 'from the past' })))
    const id = await a.start({
      name: 'stands-still',
      steps: [act('x', 'stands still')],
      output: '{{ steps.x.output }}',
    })
    await gate.crowd(1)
    const before = a.engine.worker.id
    await takeAway(a)
    await until(() => (a.engine.worker.id === before ? undefined : true))
    // The new worker has claimed the execution again by now, or will: the old action's result comes to nothing.
    await gate.crowd(2)
    gate.open()
    const { events, execution } = await a.ended(id)
    expect(execution.status).toBe('completed')
    expect(inShort(events).filter((what) => what === 'completed x')).toHaveLength(1)
    expect(await a.rows(`select status from workers where id = $1`, [before])).toEqual([{ status: 'dead' }])
    expect(await a.rows(`select from live_executions where worker_id = $1`, [before])).toEqual([])
    expect(a.logs.some((line) => line.message.includes('lost its lease'))).toBe(true)
  })

  test('and which comes to write before it knows does not', async () => {
    const a = await startWorker()
    const gate = new Gate()
    behave('writes too late', async () => gate.enter().then(() => ({ output: null })))
    const id = await a.start({ name: 'too-late', steps: [act('x', 'writes too late')] })
    await gate.crowd(1)
    const before = a.engine.worker.id
    await a.rows(`update workers set status = 'dead' where id = $1`, [before])
    gate.open('for one')
    await until(() => (a.engine.worker.id === before ? undefined : true))
    const journal = await readJournal(database.engine, { tenantId: tenant.id, executionId: id })
    expect(journal.filter(({ event }) => event.type === 'step.completed')).toEqual([])
    // Nobody has released what the dead worker owned; that is what the keeper does for one that fell silent.
    await a.rows(`update live_executions set worker_id = null, runnable_at = now() where worker_id = $1`, [before])
    gate.open()
    expect((await a.ended(id)).execution.status).toBe('completed')
  })
})

test('what a silent worker owned is taken over, and each step ends once', async () => {
  const a = await startWorker()
  const gate = new Gate()
  behave('held', async () => gate.enter().then(() => ({ output: null })))
  const ids = await a.startMany(
    { name: 'silent', steps: [act('x', 'held'), act('y', 'held', { depends_on: ['x'] })] },
    nothing(20),
  )
  await gate.crowd(20)
  const b = await startWorker()
  await takeAway(a)
  await gate.crowd(40)
  gate.open()
  expect(await b.allEnded(ids)).toEqual({ completed: 20 })
  await readWholeJournals(database.engine, ids)
})

test('a worker that drains gives everything back at once', async () => {
  const a = await startWorker()
  const gate = new Gate()
  behave('long', async ({ signal }) => {
    const stopped = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('stopped'))),
    )
    return Promise.race([gate.enter().then(() => ({ output: null })), stopped])
  })
  const ids = await a.startMany(
    {
      name: 'drained',
      steps: [act('x', 'long'), { id: 'y', action: 'delay', config: { for: '1ms' }, depends_on: ['x'] }],
    },
    nothing(30),
  )
  await gate.crowd(30)
  running.delete(a)
  await a.engine.stop()
  expect(a.engine.worker.ownedCount).toBe(0)
  const [left] = await a.rows<{ count: number; takeovers: number }>(
    `select count(*)::integer as count, max(takeovers) as takeovers from live_executions where id = any($1) and worker_id is null and runnable_at is not null`,
    [ids],
  )
  expect(left).toEqual({ count: 30, takeovers: 0 })
  gate.open()
  const b = await startWorker()
  expect(await b.allEnded(ids)).toEqual({ completed: 30 })
})

test('a worker that drains lets what is under way end', async () => {
  const a = await startWorker({ drainMs: 20_000 })
  const gate = new Gate()
  behave('ends in time', async () => gate.enter().then(() => ({ output: null })))
  const id = await a.start({
    name: 'ends-in-time',
    steps: [act('x', 'ends in time'), act('y', 'ends in time', { depends_on: ['x'] })],
  })
  await gate.crowd(1)
  running.delete(a)
  const stopping = a.engine.stop()
  gate.open('for one')
  await stopping
  expect(inShort(await a.events(id)).filter((what) => what.startsWith('completed'))).toEqual(['completed x'])
  gate.open()
  const b = await startWorker()
  expect((await b.ended(id)).execution.status).toBe('completed')
})

test('an action in a transaction that never ends does not keep its worker from draining', async () => {
  const a = await startWorker()
  const begun = Promise.withResolvers<void>()
  behave('never ends', async ({ transaction }) => {
    await transaction?.query('select 1')
    begun.resolve()
    return new Promise(() => {})
  })
  const id = await a.start({
    name: 'never-ends',
    steps: [{ id: 'x', action: 'test.transact', config: { as: 'never ends' } }],
  })
  await begun.promise
  running.delete(a)
  await a.engine.stop()
  behave('never ends', async () => ({ output: null }))
  const b = await startWorker()
  expect((await b.ended(id)).execution.status).toBe('completed')
})

test('a signal for an execution that another worker owns reaches that worker', async () => {
  const [a, b] = [await startWorker({ pollMs: 60_000 }), await startWorker({ pollMs: 60_000 })]
  const gate = new Gate()
  behave('owned', async ({ signal }) => {
    const stopped = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('stopped'))),
    )
    return Promise.race([gate.enter().then(() => ({ output: null })), stopped])
  })
  const ids = await a.startMany({ name: 'owned', steps: [act('x', 'owned')] }, nothing(8))
  await gate.crowd(8)
  for (const id of ids) await b.signal(id, 'cancel', { by: 'ana' })
  expect(await a.allEnded(ids)).toEqual({ cancelled: 8 })
})

describe('a concurrency limit', () => {
  test('is kept by both workers together, and all come to their turn', async () => {
    const [a] = [await startWorker(), await startWorker()]
    const gate = new Gate()
    behave('limited', async () => gate.enter().then(() => ({ output: null })))
    const ids = await a.startMany({ name: 'limited', steps: [act('x', 'limited')] }, nothing(40), {
      concurrency: { key: 'bank', limit: 3 },
    })
    for (let passed = 0; passed < 37; passed++) {
      await gate.crowd(3)
      gate.open('for one')
      await until(() => (gate.passed === passed + 1 ? true : undefined))
    }
    gate.open()
    expect(await a.allEnded(ids)).toEqual({ completed: 40 })
    expect(gate.most).toBe(3)
  })

  test('of one counts what waits, and a place that gets free goes to the next', async () => {
    const a = await startWorker({ pollMs: 60_000 })
    const concurrency = { key: 'one at a time', limit: 1 }
    const ids = await a.startMany(
      { name: 'held', steps: [{ id: 'w', action: 'delay', config: { for: '1h' } }] },
      nothing(2),
      { concurrency },
    )
    const first = await until(async () => {
      for (const id of ids) if ((await a.execution(id)).status === 'waiting') return id
      return undefined
    })
    const other = ids.find((id) => id !== first) ?? ''
    expect((await a.execution(other)).status).toBe('queued')
    await a.signal(first, 'cancel', { by: 'ana' })
    expect((await a.parked(other)).status).toBe('waiting')
    await a.signal(other, 'cancel', { by: 'ana' })
    await a.allEnded(ids)
  })
})

test('a tenant with thousands queued does not hold up one with a single execution', async () => {
  const crowd = await createTestTenant(database)
  const small = await createTestTenant(database)
  const a = new TestEngine(database, tenant, { capacity: 50, leaseMs: 3000, pollMs: 50 })
  running.add(a)
  const workflow = {
    name: 'queued',
    steps: [
      { id: 'x', action: 'test.noop' },
      { id: 'y', action: 'test.noop', depends_on: ['x'] },
    ],
  }
  const many = await a.startMany(workflow, nothing(2000), { tenantId: crowd.id })
  const [one = ''] = await a.startMany(workflow, nothing(1), { tenantId: small.id })
  await a.engine.start()
  await a.allEnded([...many, one])
  const order = a.durable.filter(({ event }) => event.type === 'execution.ended').map((entry) => entry.executionId)
  expect(order).toHaveLength(2001)
  expect(order.indexOf(one)).toBeLessThan(500)
})
