// What leases promise: renewed while alive, taken over once silent, never both.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId, openOwnDatabase } from '../../tests/setup/database.ts'
import { commitOf, later, now, queue, restOf, rowOf, startWorker } from '../../tests/setup/executions.ts'
import { claimExecutions } from './claims.ts'
import { writeCommit } from './commit.ts'
import type { Database } from './database.ts'
import {
  countLiveWorkers,
  fence,
  forgetDeadWorkers,
  releaseExecution,
  releaseStrays,
  renewLease,
  retireWorker,
  takeOverLostWorkers,
} from './workers.ts'

// A takeover sees every worker, so this file has a database of its own.
let database: Database
const leaseMs = 60_000

beforeAll(async () => {
  database = await openOwnDatabase()
})
afterAll(() => database.close())

const silence = (worker: string) =>
  database.engine.query(`update workers set heartbeat_at = heartbeat_at - interval '2 minutes' where id = $1`, [worker])
const claimOne = async (worker: string): Promise<{ tenantId: string; id: string }> => {
  const tenantId = newId()
  const [id = ''] = await queue(database, tenantId, 1)
  await claimExecutions(database.engine, worker, 10, now)
  return { tenantId, id }
}
const takeOver = (at = now) => takeOverLostWorkers(database.engine, leaseMs, at)

test('a silent worker is taken over: it is dead, and what it owned is free and counted as a takeover', async () => {
  const worker = await startWorker(database)
  const { id } = await claimOne(worker)
  expect(await takeOver()).toEqual([])
  await silence(worker)
  expect(await takeOver(later(7))).toEqual([{ workerId: worker, executions: 1 }])
  expect(await rowOf(database, id)).toMatchObject({
    worker_id: null,
    runnable_at: later(7),
    takeovers: 1,
    status: 'running',
  })
  expect(await renewLease(database.engine, worker)).toBe(false)
  expect(await takeOver()).toEqual([])
})

test('a worker that renews in time keeps its lease', async () => {
  const worker = await startWorker(database)
  await silence(worker)
  expect(await renewLease(database.engine, worker)).toBe(true)
  expect(await takeOver()).toEqual([])
})

test('takeovers add up until the execution comes to rest', async () => {
  const tenantId = newId()
  const [id = ''] = await queue(database, tenantId, 1)
  for (const takeovers of [1, 2]) {
    const worker = await startWorker(database)
    await claimExecutions(database.engine, worker, 10, now)
    await silence(worker)
    await takeOver()
    expect(await rowOf(database, id)).toMatchObject({ takeovers })
  }
  const worker = await startWorker(database)
  expect(await claimExecutions(database.engine, worker, 10, now)).toMatchObject({
    executions: [{ id, takeovers: 2, isNew: false }],
  })
  await writeCommit(database.engine, worker, commitOf({ rests: [restOf(tenantId, id)] }), now)
  expect(await rowOf(database, id)).toMatchObject({ takeovers: 0 })
})

test('several keepers that look at once take a worker over once', async () => {
  const worker = await startWorker(database)
  await claimOne(worker)
  await silence(worker)
  const takeovers = await Promise.all([takeOver(), takeOver(), takeOver(), takeOver()])
  expect(takeovers.flat()).toEqual([{ workerId: worker, executions: 1 }])
})

test('a worker that retires frees what it owns, and nobody counts that as a takeover', async () => {
  const worker = await startWorker(database)
  const { id } = await claimOne(worker)
  await retireWorker(database.engine, worker, later(3))
  expect(await rowOf(database, id)).toMatchObject({ worker_id: null, runnable_at: later(3), takeovers: 0 })
  expect((await claimExecutions(database.engine, worker, 10, later(3))).executions).toEqual([])
})

test('one execution can be given back, by its owner only', async () => {
  const [worker, other] = [await startWorker(database), await startWorker(database)]
  const { tenantId, id } = await claimOne(worker)
  const key = { tenantId, executionId: id }
  await releaseExecution(database.engine, other, key, later(3))
  expect(await rowOf(database, id)).toMatchObject({ worker_id: worker })
  await releaseExecution(database.engine, worker, key, later(3))
  expect(await rowOf(database, id)).toMatchObject({ worker_id: null, runnable_at: later(3) })
})

test('what a worker owns without knowing of it is given back, and nothing else', async () => {
  const [worker, other] = [await startWorker(database), await startWorker(database)]
  const [known, stray, foreign] = [await claimOne(worker), await claimOne(worker), await claimOne(other)]
  expect(await releaseStrays(database.engine, worker, [known.id], later(3))).toBe(1)
  expect(await rowOf(database, known.id)).toMatchObject({ worker_id: worker })
  expect(await rowOf(database, stray.id)).toMatchObject({ worker_id: null, runnable_at: later(3) })
  expect(await rowOf(database, foreign.id)).toMatchObject({ worker_id: other })
})

test('a statement that began before its worker was taken over, and comes to the fence after it, finds none', async () => {
  const worker = await startWorker(database)
  const gate = await database.engine.connect()
  await gate.query('select pg_advisory_lock(71)')
  const late = database.engine.query<{ passed: number }>(
    `with ${fence}, gate as materialized (select pg_advisory_xact_lock(71))
      select (select count(*)::integer from fence) as passed from gate`,
    [worker],
  )
  const isAtGate = async () =>
    (await gate.query(`select from pg_locks where locktype = 'advisory' and not granted`)).rowCount === 1
  while (!(await isAtGate()));
  await retireWorker(database.engine, worker, now)
  await gate.query('select pg_advisory_unlock(71)')
  gate.release()
  expect((await late).rows).toEqual([{ passed: 0 }])
})

test('live workers are counted; dead ones are forgotten once they own nothing', async () => {
  await database.engine.query(
    'delete from executions; delete from live_executions; delete from execution_ends; delete from chained_ends',
  )
  await database.engine.query(`update workers set status = 'dead'`)
  const [alive, silent, dead] = [await startWorker(database), await startWorker(database), await startWorker(database)]
  await silence(silent)
  await retireWorker(database.engine, dead, now)
  expect(await countLiveWorkers(database.engine, leaseMs)).toBe(1)
  await forgetDeadWorkers(database.engine, new Date(Date.now() + leaseMs))
  const { rows } = await database.engine.query<{ id: string }>('select id from workers')
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([alive, silent]))
})
