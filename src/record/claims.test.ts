// What claiming promises: fair over tenants, only what is free and due, never above a concurrency limit.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId, openOwnDatabase } from '../../tests/setup/database.ts'
import { commitOf, later, now, queue, restOf, rowOf, signalOf, startWorker } from '../../tests/setup/executions.ts'
import { claimExecutions, claimLimitedExecutions, nextDueAt } from './claims.ts'
import { writeCommit } from './commit.ts'
import type { Database } from './database.ts'
import { sendSignals } from './signals.ts'
import { takeOverLostWorkers } from './workers.ts'

// Claims see all tenants, so this file has a database of its own.
let database: Database
let worker: string

beforeAll(async () => {
  database = await openOwnDatabase(12)
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.engine.query(
    'delete from executions; delete from live_executions; delete from execution_ends; delete from chained_ends',
  )
  worker = await startWorker(database)
})

const claim = async (limit: number, by = worker, at = now) =>
  (await claimExecutions(database.engine, by, limit, at)).executions
const claimLimited = (limit: number, by = worker, at = now) => claimLimitedExecutions(database.engine, by, limit, at)
const rest = (tenantId: string, id: string, status: 'waiting' | 'completed' | 'failed', by = worker, wakeAt?: Date) =>
  writeCommit(database.engine, by, commitOf({ rests: [restOf(tenantId, id, { status, wakeAt })] }), now)

describe('a claim', () => {
  test('gives a tenant with one execution its turn before the 100 of another', async () => {
    const [busy, quiet] = [newId(), newId()]
    await queue(database, busy, 100, { createdAt: later(-60_000) })
    const [only] = await queue(database, quiet, 1)
    const claimed = await claim(10)
    expect(claimed.map(({ id }) => id)).toContain(only)
    expect(claimed.length).toBeGreaterThan(5)
  })

  test('takes no more than its limit, however many tenants wait', async () => {
    for (let count = 0; count < 7; count++) await queue(database, newId(), 3)
    expect(await claim(10)).toHaveLength(10)
    expect(await claim(3)).toHaveLength(3)
    expect(await claim(100)).toHaveLength(8)
    expect(await claim(100)).toHaveLength(0)
  })

  test('is not used up by tenants whose time has not come', async () => {
    for (let count = 0; count < 30; count++) await queue(database, newId(), 1, { createdAt: later(60_000) })
    const [due] = await queue(database, newId(), 1)
    expect((await claim(2)).map(({ id }) => id)).toEqual([due])
  })

  test('of one tenant takes what has waited longest', async () => {
    const tenant = newId()
    await queue(database, tenant, 5)
    const [oldest] = await queue(database, tenant, 1, { createdAt: later(-1000) })
    expect((await claim(1)).map(({ id }) => id)).toEqual([oldest])
  })

  test('passes over what is owned, not due yet, or ended', async () => {
    const tenant = newId()
    const [owned, ended] = await queue(database, tenant, 2)
    if (owned === undefined || ended === undefined) throw new Error('Nothing was queued')
    expect(await claim(10)).toHaveLength(2)
    await rest(tenant, ended, 'completed')
    await queue(database, tenant, 1, { createdAt: later(1) })
    expect(await claim(10, await startWorker(database))).toEqual([])
    expect(await claim(10, worker, later(1))).toHaveLength(1)
  })

  test('shares the queue with others that claim at the same time, each execution to one', async () => {
    await queue(database, newId(), 60)
    const workers = await Promise.all([1, 2, 3, 4].map(() => startWorker(database)))
    const claimed = await Promise.all(workers.flatMap((id) => [claim(10, id), claim(10, id)]))
    const ids = claimed.flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('says what the worker has to know', async () => {
    const tenant = newId()
    const parent = { executionId: newId(), step: 'sub', item: 3 }
    await queue(database, tenant, 1, { inputs: { a: 1 }, trigger: { b: 2 }, startedBy: 'ana', parent, depth: 2 })
    const [claimed] = await claim(1)
    expect(claimed).toMatchObject({
      tenantId: tenant,
      status: 'running',
      isNew: true,
      pendingSignals: 0,
      takeovers: 0,
      inputs: { a: 1 },
      trigger: { b: 2 },
      startedBy: 'ana',
      startedAt: now,
      parent,
      depth: 2,
    })
    await queue(database, tenant, 1, { parent: { ...parent, item: undefined } })
    expect(await claim(1)).toMatchObject([{ parent: { ...parent, item: undefined } }])
  })

  test('is new the first time only, and leaves a paused execution paused', async () => {
    const tenant = newId()
    const [id = ''] = await queue(database, tenant, 1)
    await claim(1)
    await writeCommit(
      database.engine,
      worker,
      commitOf({ rests: [restOf(tenant, id, { status: 'paused', wakeAt: now })] }),
      now,
    )
    expect(await claim(1, worker, later(5))).toMatchObject([{ id, isNew: false, status: 'paused', startedAt: now }])
  })
})

test('the next to fall due is the earliest of all tenants that nobody owns and that needs no place under a limit', async () => {
  expect(await nextDueAt(database.engine, now)).toBeUndefined()
  await queue(database, newId(), 1, { createdAt: later(500) })
  const tenant = newId()
  for (const ms of [-100, 200, 900]) await queue(database, tenant, 1, { createdAt: later(ms) })
  await queue(database, tenant, 1, { createdAt: later(100), concurrency: { key: 'k', limit: 1 } })
  expect(await nextDueAt(database.engine, now)).toEqual(later(200))
  await claim(10, worker, later(200))
  expect(await nextDueAt(database.engine, now)).toEqual(later(500))
})

test('a claim tells whether anybody waits for a place under a limit', async () => {
  const isLimitedWaiting = async () => (await claimExecutions(database.engine, worker, 10, now)).isLimitedWaiting
  await queue(database, newId(), 1)
  expect(await isLimitedWaiting()).toBe(false)
  await queue(database, newId(), 1, { concurrency: { key: 'k', limit: 1 } })
  expect(await isLimitedWaiting()).toBe(true)
  await claimLimited(1)
  expect(await isLimitedWaiting()).toBe(false)
})

describe('a concurrency limit', () => {
  const limited = (tenantId: string, count: number, limit: number, key = 'k', createdAt = now) =>
    queue(database, tenantId, count, { concurrency: { key, limit }, createdAt })

  test('is never exceeded by workers that claim at the same time', async () => {
    const tenant = newId()
    await limited(tenant, 40, 3)
    const workers = await Promise.all([1, 2, 3, 4].map(() => startWorker(database)))
    let most = 0
    let ended = 0
    const run = async (id: string): Promise<void> => {
      while (ended < 40) {
        const claimed = await claimLimited(10, id)
        const { rows } = await database.engine.query<{ held: number }>(
          `select count(*)::integer as held from live_executions where tenant_id = $1 and status <> 'queued'`,
          [tenant],
        )
        most = Math.max(most, rows[0]?.held ?? 0)
        for (const execution of claimed) await rest(tenant, execution.id, 'completed', id)
        ended += claimed.length
      }
    }
    await Promise.all(workers.map(run))
    expect(most).toBeLessThanOrEqual(3)
    expect(ended).toBe(40)
  })

  test('holds an execution back from the claim that knows no limits', async () => {
    await limited(newId(), 5, 1)
    expect(await claim(10)).toEqual([])
    expect(await claimLimited(10)).toHaveLength(1)
  })

  test('counts what waits, and what lost its worker', async () => {
    const tenant = newId()
    await limited(tenant, 3, 2)
    const [first, second] = await claimLimited(10)
    if (first === undefined || second === undefined) throw new Error('Two places were free')
    await rest(tenant, first.id, 'waiting')
    await takeOverLostWorkers(database.engine, -1000, now)
    const other = await startWorker(database)
    expect(await claimLimited(10, other)).toEqual([])
    expect((await claim(10, other)).map(({ id }) => id)).toEqual([second.id])
  })

  test('is a limit for each key and each tenant', async () => {
    const [one, two] = [newId(), newId()]
    await Promise.all([limited(one, 2, 1, 'a'), limited(one, 2, 1, 'b'), limited(two, 2, 1, 'a')])
    expect(await claimLimited(10)).toHaveLength(3)
    expect(await claimLimited(10)).toHaveLength(0)
  })

  test('that is full does not hide a key that has room, however many are full', async () => {
    const tenant = newId()
    for (let key = 0; key < 12; key++) await limited(tenant, 2, 1, `full-${key}`, later(-1000))
    expect(await claimLimited(20)).toHaveLength(12)
    const [waiting] = await limited(tenant, 1, 1, 'roomy')
    expect((await claimLimited(2)).map(({ id }) => id)).toEqual([waiting])
  })

  test('gives a free place to the key that has waited longest, and within it to the oldest', async () => {
    const tenant = newId()
    await limited(tenant, 1, 1, 'a')
    await limited(tenant, 1, 1, 'b', later(-10))
    const [oldest] = await limited(tenant, 1, 1, 'b', later(-20))
    expect((await claimLimited(1)).map(({ id }) => id)).toEqual([oldest])
  })

  test('holds for an execution that is retried after its end', async () => {
    const tenant = newId()
    await limited(tenant, 2, 1)
    const [first] = await claimLimited(10)
    if (first === undefined) throw new Error('A place was free')
    await rest(tenant, first.id, 'failed')
    const [second] = await claimLimited(10)
    await sendSignals(database.engine, [signalOf(tenant, first.id, 'retry')])
    expect(await claim(10)).toEqual([])
    expect(await claimLimited(10)).toEqual([])
    await rest(tenant, second?.id ?? '', 'completed')
    expect(await claimLimited(10)).toMatchObject([{ id: first.id, isNew: false, pendingSignals: 1 }])
  })

  test('that was lowered counts at once, for those that were queued before as well', async () => {
    const tenant = newId()
    await limited(tenant, 3, 3)
    await limited(tenant, 1, 2)
    expect(await claimLimited(10)).toHaveLength(2)
  })

  test('that gets a free place tells the workers', async () => {
    const tenant = newId()
    await limited(tenant, 1, 1)
    const [first] = await claimLimited(10)
    const client = database.connectEngine()
    await client.connect()
    await client.query('listen countersign_runnable')
    const heard = new Promise<void>((resolve) => client.once('notification', () => resolve()))
    await rest(tenant, first?.id ?? '', 'completed')
    await heard
    await client.end()
  })
})

test('a worker that is dead claims nothing', async () => {
  const tenant = newId()
  const [id = ''] = await queue(database, tenant, 1)
  await queue(database, tenant, 1, { concurrency: { key: 'k', limit: 1 } })
  await takeOverLostWorkers(database.engine, -1000, now)
  expect(await claim(10)).toEqual([])
  expect(await claimLimited(10)).toEqual([])
  expect(await rowOf(database, id)).toMatchObject({ worker_id: null, status: 'queued' })
})
