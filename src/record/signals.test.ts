// What signals promise: stored once, never lost between a worker that parks and whoever decides, refused by status.

import { describe, expect, test } from 'vitest'
import { createTestTenant, newId, openTestDatabase } from '../../tests/setup/database.ts'
import {
  commitOf,
  endExecution,
  later,
  now,
  queue,
  restOf,
  rowOf,
  signalOf,
  startWorker,
} from '../../tests/setup/executions.ts'
import { executionMoves, executionStatuses, type ExecutionStatus, isEnded } from '../kernel/plan/moves.ts'
import { writeCommit } from './commit.ts'
import { asTenant, inTransaction, listen } from './database.ts'
import { readOwnedSignals, readSignals, sendSignals, type SignalKind } from './signals.ts'

const database = openTestDatabase(12)
const { engine } = database

/** An execution that a worker owns. */
async function owned(tenantId = newId()): Promise<{ tenantId: string; id: string; worker: string }> {
  const [id = ''] = await queue(database, tenantId, 1)
  const worker = await startWorker(database)
  await engine.query(
    `update live_executions set status = 'running', worker_id = $2, runnable_at = null, started_at = $3 where id = $1`,
    [id, worker, now],
  )
  return { tenantId, id, worker }
}

async function inStatus(status: ExecutionStatus, tenantId = newId()): Promise<{ tenantId: string; id: string }> {
  const [id = ''] = await queue(database, tenantId, 1)
  if (isEnded(status)) await endExecution(database, id, status)
  else await engine.query(`update live_executions set status = $2, runnable_at = null where id = $1`, [id, status])
  return { tenantId, id }
}

const park = (of: { tenantId: string; id: string; worker: string }, heldSignals = 0) =>
  writeCommit(engine, of.worker, commitOf({ rests: [restOf(of.tenantId, of.id, { heldSignals })] }), now)

describe('a signal wakes an execution that waits', () => {
  test('when it comes after the execution was parked', async () => {
    const execution = await owned()
    await park(execution)
    expect(await rowOf(database, execution.id)).toMatchObject({ runnable_at: null, status: 'waiting' })
    await sendSignals(engine, [signalOf(execution.tenantId, execution.id)])
    expect(await rowOf(database, execution.id)).toMatchObject({ runnable_at: now, pending_signals: 1 })
  })

  test('when it came before, and the worker has not seen it', async () => {
    const execution = await owned()
    await sendSignals(engine, [signalOf(execution.tenantId, execution.id)])
    expect(await rowOf(database, execution.id)).toMatchObject({ runnable_at: null, worker_id: execution.worker })
    await park(execution)
    expect(await rowOf(database, execution.id)).toMatchObject({ runnable_at: now, worker_id: null })
  })

  test.each(['signal', 'park'] as const)('when both happen at once and the %s commits last', async (last) => {
    const execution = await owned()
    const signal = signalOf(execution.tenantId, execution.id)
    const first = await engine.connect()
    await first.query('begin')
    let second: Promise<unknown>
    if (last === 'signal') {
      const rests = [restOf(execution.tenantId, execution.id)]
      await first.query('select from live_executions where id = $1 for update', [execution.id])
      second = sendSignals(engine, [signal])
      await blocked()
      await first.query(
        `update live_executions set worker_id = null, status = 'waiting',
          runnable_at = case when pending_signals > 0 then now() end where id = $1`,
        [rests[0]?.executionId],
      )
    } else {
      await sendSignals(first, [signal])
      second = park(execution)
      await blocked()
    }
    await first.query('commit')
    first.release()
    await second
    expect(await rowOf(database, execution.id)).toMatchObject({ runnable_at: now, worker_id: null, status: 'waiting' })
  })

  test('whichever way a hundred such races go', async () => {
    const executions = await Promise.all(Array.from({ length: 100 }, () => owned()))
    await Promise.all(executions.flatMap((one) => [park(one), sendSignals(engine, [signalOf(one.tenantId, one.id)])]))
    for (const { id } of executions) expect((await rowOf(database, id))['runnable_at']).toEqual(now)
  })

  test('but one that its worker holds for later does not wake it', async () => {
    const execution = await owned()
    await sendSignals(engine, [signalOf(execution.tenantId, execution.id)])
    await park(execution, 1)
    expect(await rowOf(database, execution.id)).toMatchObject({ runnable_at: null, pending_signals: 1 })
  })

  test('and never makes it wait longer than it would have', async () => {
    const execution = await owned()
    const rests = [restOf(execution.tenantId, execution.id, { wakeAt: later(-50) })]
    await writeCommit(engine, execution.worker, commitOf({ rests }), now)
    await sendSignals(engine, [signalOf(execution.tenantId, execution.id)])
    expect(await rowOf(database, execution.id)).toMatchObject({ runnable_at: later(-50) })
  })

  /** Waits until a statement of this file's database waits for a lock. */
  async function blocked(): Promise<void> {
    for (;;) {
      const { rows } = await engine.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          and (query like '%rested as%' or query like '%woken as%')`,
      )
      if (rows.length > 0) return
    }
  }
})

describe('the status decides which signals are taken', () => {
  const moves = Object.entries(executionMoves).map(([kind, { from }]) => ({ kind, from }))
  const kinds: readonly SignalKind[] = [
    'event',
    'callback',
    'approval',
    'form',
    'child',
    'cancel',
    'pause',
    'resume',
    'retry',
  ]

  test.each(executionStatuses)('%s', async (status) => {
    for (const kind of kinds) {
      const { tenantId, id } = await inStatus(status)
      const signal = signalOf(tenantId, id, kind)
      const from: readonly ExecutionStatus[] | undefined = moves.find((move) => move.kind === kind)?.from
      const isTaken = from === undefined ? !isEnded(status) : from.includes(status)
      expect(await sendSignals(engine, [signal]), `${kind} in ${status}`).toEqual(new Set(isTaken ? [signal.id] : []))
      expect(await readSignals(engine, [{ tenantId, executionId: id }])).toHaveLength(isTaken ? 1 : 0)
      expect(await rowOf(database, id)).toMatchObject({ pending_signals: isTaken ? 1 : 0 })
    }
  })

  test('one for an execution that does not exist, or is of another tenant, is left out', async () => {
    const { id } = await owned()
    expect(await sendSignals(engine, [signalOf(newId(), id), signalOf(newId(), newId())])).toEqual(new Set())
  })
})

test.each(['failed', 'cancelled'] as const)('a retry queues an execution again that had %s', async (status) => {
  const { tenantId, id } = await inStatus(status)
  await engine.query(`update execution_ends set failure = '{"code": "step_failed"}', output = '1' where id = $1`, [id])
  await sendSignals(engine, [signalOf(tenantId, id, 'retry', { data: { by: 'ana' } })])
  expect(await rowOf(database, id)).toMatchObject({
    status: 'queued',
    runnable_at: now,
    ended_at: null,
    failure: null,
    output: null,
    pending_signals: 1,
  })
})

test('several signals come back oldest first, with all they carry, to the worker that owns the execution', async () => {
  const execution = await owned()
  const [first = '', second = ''] = [newId(), newId()].toSorted()
  const { tenantId, id, worker } = execution
  const signals = [
    signalOf(tenantId, id, 'form', { id: second, step: 'ask', item: 4, data: { by: 'ana', data: { a: 1 } } }),
    signalOf(tenantId, id, 'cancel', { id: first, data: { by: 'ben' } }),
  ]
  await sendSignals(engine, signals)
  const read = [
    { tenantId, executionId: id, id: first, kind: 'cancel', step: undefined, item: undefined, data: { by: 'ben' } },
    { tenantId, executionId: id, id: second, kind: 'form', step: 'ask', item: 4, data: { by: 'ana', data: { a: 1 } } },
  ]
  expect(await readOwnedSignals(engine, worker)).toEqual(read)
  expect(await readSignals(engine, [{ tenantId, executionId: id }])).toEqual(read)
  expect(await readOwnedSignals(engine, newId())).toEqual([])
})

test('a signal tells the worker that owns the execution, or all when nobody does', async () => {
  const [mine, free] = [await owned(), await owned()]
  await park(free)
  const told: string[] = []
  const both = Promise.withResolvers<void>()
  const stop = await listen(
    database,
    ['countersign_runnable', 'countersign_signal'],
    (channel, payload) => {
      if (channel === 'countersign_runnable' || payload === mine.worker) told.push(`${channel} ${payload}`)
      if (new Set(told).size === 2) both.resolve()
    },
    both.reject,
  )
  await sendSignals(engine, [signalOf(mine.tenantId, mine.id), signalOf(free.tenantId, free.id)])
  await both.promise
  expect(told).toContain(`countersign_signal ${mine.worker}`)
  expect(told).toContain('countersign_runnable ')
  await stop()
})

test('the API may send a signal to an execution of its tenant and to no other', async () => {
  const [mine, other] = [await createTestTenant(database), await createTestTenant(database)]
  const [ours, theirs] = [await owned(mine.id), await owned(other.id)]
  const signals = [signalOf(mine.id, ours.id), signalOf(other.id, theirs.id)]
  expect(await asTenant(database, mine.id, (client) => sendSignals(client, signals))).toEqual(new Set([signals[0]?.id]))
})

test('senders and workers that touch the same executions in opposite order never deadlock', async () => {
  const tenantId = newId()
  const worker = await startWorker(database)
  const ids = await queue(database, tenantId, 60)
  const own = `update live_executions set status = 'running', worker_id = $2, runnable_at = null, started_at = $3 where tenant_id = $1`
  const signals = (order: readonly string[]) => order.map((id) => signalOf(tenantId, id))
  for (let round = 0; round < 8; round++) {
    await engine.query(own, [tenantId, worker, now])
    const rests = ids.toReversed().map((executionId) => restOf(tenantId, executionId))
    const consumed = (await readOwnedSignals(engine, worker)).toReversed()
    await Promise.all([
      sendSignals(engine, signals(ids)),
      sendSignals(engine, signals(ids.toReversed())),
      writeCommit(engine, worker, commitOf({ rests, consumed, signals: signals(ids.toSorted()) }), now),
      inTransaction(engine, (client) => sendSignals(client, signals(ids.toSorted()))),
    ])
  }
  const { rows } = await engine.query<{ pending: number }>(
    'select sum(pending_signals)::integer as pending from live_executions where tenant_id = $1',
    [tenantId],
  )
  const stored = await readSignals(
    engine,
    ids.map((executionId) => ({ tenantId, executionId })),
  )
  expect(rows[0]?.pending).toBe(stored.length)
})
