// What a commit promises: all of it or nothing, and nothing from a worker that lost its lease.

import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestTenant, newId, openTestDatabase, type TestTenant } from '../../tests/setup/database.ts'
import {
  commitOf,
  later,
  newExecution,
  now,
  queue,
  restOf,
  rowOf,
  signalOf,
  startWorker,
} from '../../tests/setup/executions.ts'
import { inActionTransaction } from './action-transaction.ts'
import { append } from './append.ts'
import { type Commit, writeCommit } from './commit.ts'
import { roleName } from './database.ts'
import { findEventWaits } from './event-waits.ts'
import { readJournal } from './journal.ts'
import { readSignals, sendSignals } from './signals.ts'
import { LeaseLostError, retireWorker } from './workers.ts'

const database = openTestDatabase()
const { engine } = database

let tenant: TestTenant
let worker: string
let id: string

beforeEach(async () => {
  tenant = await createTestTenant(database)
  worker = await startWorker(database)
  id = await ownedExecution()
})

async function ownedExecution(by = worker): Promise<string> {
  const [queued = ''] = await queue(database, tenant.id, 1)
  await engine.query(
    `update live_executions set status = 'running', worker_id = $2, runnable_at = null, started_at = $3 where id = $1`,
    [queued, by, now],
  )
  return queued
}

const write = (commit: Partial<Commit>, by = worker) => writeCommit(engine, by, commitOf(commit), now)
const key = () => ({ tenantId: tenant.id, executionId: id })
const entry = (seq: number) => ({ ...key(), seq, event: { type: 'step.skipped', step: 'a', at: 1 } as const })
const everything = (): Partial<Commit> => {
  const place = { ...key(), step: 'ask', item: undefined }
  const times = { createdAt: now, expiresAt: later(1000) }
  const approvers = { role: 'finance_manager' }
  return {
    entries: [entry(1), entry(2)],
    rests: [restOf(tenant.id, id, { wakeAt: later(1000) })],
    approvals: [{ ...place, ...times, id: newId(), summary: 'Pay', details: null, approvers, quorum: 2 }],
    forms: [{ ...place, ...times, id: newId(), request: { title: 'Say' } }],
    eventWaits: [{ ...place, event: 'invoice.paid', match: { invoice: 7 } }],
    notifications: [
      {
        tenantId: tenant.id,
        id: newId(),
        memberId: tenant.members.ana.id,
        executionId: id,
        title: undefined,
        message: 'Hi',
        createdAt: now,
      },
    ],
    executions: [newExecution(tenant.id)],
  }
}
const tables = ['approvals', 'forms', 'event_waits', 'notifications', 'journal', 'executions', 'signals'] as const
async function counts(): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const table of tables) {
    const { rows } = await engine.query<{ n: number }>(
      `select count(*)::integer as n from ${table} where tenant_id = $1`,
      [tenant.id],
    )
    found[table] = rows[0]?.n ?? -1
  }
  return found
}

test('writes events, records and rests together', async () => {
  await write(everything())
  expect(await counts()).toEqual({
    approvals: 1,
    forms: 1,
    event_waits: 1,
    notifications: 1,
    journal: 2,
    executions: 2,
    signals: 0,
  })
  expect(await rowOf(database, id)).toMatchObject({
    status: 'waiting',
    worker_id: null,
    runnable_at: later(1000),
    ended_at: null,
  })
})

test('an execution that ended has an end, its output or its failure, and no wish for a worker', async () => {
  await sendSignals(engine, [signalOf(tenant.id, id)])
  const failure = { code: 'step_failed', message: 'No', retry: false } as const
  await write({ rests: [restOf(tenant.id, id, { status: 'failed', output: { a: [1] }, failure, wakeAt: later(5) })] })
  expect(await rowOf(database, id)).toMatchObject({
    status: 'failed',
    ended_at: now,
    output: { a: [1] },
    failure,
    runnable_at: null,
    worker_id: null,
  })
})

describe('a worker that lost its lease', () => {
  test('writes nothing, whatever it wanted to write', async () => {
    const before = await counts()
    await retireWorker(engine, worker, now)
    await expect(write(everything())).rejects.toThrow(LeaseLostError)
    await expect(write({ entries: [entry(1)] })).rejects.toThrow(LeaseLostError)
    await expect(write({ rests: [restOf(tenant.id, id)] })).rejects.toThrow(LeaseLostError)
    expect(await counts()).toEqual(before)
    expect(await rowOf(database, id)).toMatchObject({ status: 'running', worker_id: null, runnable_at: now })
  })

  test('cannot be taken over in the middle of a commit: either it is written or it is refused', async () => {
    for (let round = 0; round < 20; round++) {
      const [by, seq] = [await startWorker(database), round + 1]
      id = await ownedExecution(by)
      const outcomes = await Promise.allSettled([
        write({ ...everything(), entries: [entry(seq)] }, by),
        retireWorker(engine, by, later(seq)),
      ])
      const isWritten = outcomes[0]?.status === 'fulfilled'
      expect(await readJournal(engine, key())).toHaveLength(isWritten ? 1 : 0)
      expect(await rowOf(database, id)).toMatchObject({ worker_id: null, status: isWritten ? 'waiting' : 'running' })
    }
  })

  test('loses a transactional action as well', async () => {
    await retireWorker(engine, worker, now)
    const place = { workerId: worker, tenantId: tenant.id, apiRole: roleName(database.address.database, 'api') }
    const worked = vi.fn<() => Promise<void>>()
    const acting = inActionTransaction(engine, place, worked, worked)
    await expect(acting).rejects.toThrow(LeaseLostError)
    expect(worked).not.toHaveBeenCalled()
  })
})

test('a rest of an execution that the worker does not own undoes the events that came with it', async () => {
  const foreign = await ownedExecution(await startWorker(database))
  const rests = [restOf(tenant.id, id), restOf(tenant.id, foreign)]
  await expect(write({ entries: [entry(1)], rests })).rejects.toThrow(LeaseLostError)
  expect(await counts()).toMatchObject({ journal: 0 })
  expect(await rowOf(database, id)).toMatchObject({ worker_id: worker })
})

test('an event with a number that is taken is refused with all that came with it', async () => {
  await write({ entries: [entry(1)] })
  await expect(write({ entries: [entry(2), entry(1)] })).rejects.toThrow('duplicate key')
  expect(await counts()).toMatchObject({ journal: 1 })
})

test('a failure other than a lost lease comes out as it is', async () => {
  const rests = [restOf(tenant.id, 'no uuid')]
  await expect(append(engine, worker, [], rests, now)).rejects.toThrow('invalid input syntax')
})

test('a signal that was taken in is gone, and counts no more; taking it twice changes nothing', async () => {
  const signals = [signalOf(tenant.id, id), signalOf(tenant.id, id)]
  await sendSignals(engine, signals)
  const [first] = signals.map((signal) => ({ ...key(), id: signal.id }))
  if (first === undefined) throw new Error('Two signals were sent')
  await write({ consumed: [first] })
  await write({ consumed: [first] })
  expect(await rowOf(database, id)).toMatchObject({ pending_signals: 1 })
  expect((await readSignals(engine, [key()])).map((signal) => signal.id)).toEqual([signals[1]?.id])
})

test('a commit may signal an execution that another worker owns', async () => {
  const parent = await ownedExecution(await startWorker(database))
  await write({ signals: [signalOf(tenant.id, parent, 'child', { step: 'sub', data: { status: 'completed' } })] })
  expect(await rowOf(database, parent)).toMatchObject({ pending_signals: 1, runnable_at: null })
})

describe('waits', () => {
  const pending = async (table: 'approvals' | 'forms') => {
    const { rows } = await engine.query(
      `select step, item, status from ${table} where tenant_id = $1 order by step, item`,
      [tenant.id],
    )
    return rows
  }
  const closed = (given: Partial<Commit['closedWaits'][number]>) =>
    ({ ...key(), status: 'cancelled', at: later(9), ...given }) as const

  test('of a step, or of one of its items, are closed and the others stay', async () => {
    const { approvals = [], eventWaits = [], forms = [] } = everything()
    const spread = <Wait extends object>(waits: readonly Wait[]) =>
      waits.flatMap((wait) => [
        { ...wait, id: newId(), step: 'each', item: 0 },
        { ...wait, id: newId(), step: 'each', item: 1 },
        { ...wait, id: newId(), step: 'other', item: undefined },
      ])
    await write({ approvals: spread(approvals), forms: spread(forms), eventWaits: spread(eventWaits) })
    await write({ closedWaits: [closed({ step: 'each', item: 0, status: 'expired' })] })
    const afterItem = [
      { step: 'each', item: 0, status: 'expired' },
      { step: 'each', item: 1, status: 'pending' },
      { step: 'other', item: null, status: 'pending' },
    ]
    expect(await pending('approvals')).toEqual(afterItem)
    expect(await pending('forms')).toEqual(afterItem)
    expect(await findEventWaits(engine, tenant.id, 'invoice.paid', { invoice: 7 })).toHaveLength(2)

    await write({ closedWaits: [closed({ step: 'each' })] })
    expect((await pending('approvals')).map(({ status }) => status)).toEqual(['expired', 'cancelled', 'pending'])
    expect(await findEventWaits(engine, tenant.id, 'invoice.paid', { invoice: 7 })).toEqual([
      { executionId: id, step: 'other', item: undefined },
    ])
  })

  test('that open in the commit in which their execution ends are closed with it', async () => {
    await write({ ...everything(), rests: [restOf(tenant.id, id, { status: 'cancelled' })], closedWaits: [closed({})] })
    expect(await pending('approvals')).toMatchObject([{ status: 'cancelled' }])
    expect(await counts()).toMatchObject({ event_waits: 0 })
  })

  test('that open again in the commit that closes them stay open', async () => {
    await write(everything())
    id = await ownedExecution()
    await write({ eventWaits: [{ ...key(), step: 'ask', item: 2, event: 'a', match: {} }] })
    await write({
      closedWaits: [closed({ step: 'ask', item: 2 })],
      eventWaits: [{ ...key(), step: 'ask', item: 2, event: 'b', match: {} }],
    })
    expect(await findEventWaits(engine, tenant.id, 'b', {})).toEqual([{ executionId: id, step: 'ask', item: 2 }])
  })

  test('for an event are found by its type and by every field it must carry', async () => {
    await write(everything())
    const find = (event: string, data: object) => findEventWaits(engine, tenant.id, event, { ...data })
    expect(await find('invoice.paid', { invoice: 7, amount: 3 })).toHaveLength(1)
    expect(await find('invoice.paid', { invoice: '7' })).toEqual([])
    expect(await find('invoice.paid', {})).toEqual([])
    expect(await find('invoice.sent', { invoice: 7 })).toEqual([])
    expect(await findEventWaits(engine, newId(), 'invoice.paid', { invoice: 7 })).toEqual([])
  })
})

test('what a transactional action writes is walled in by its tenant, and lands with its event', async () => {
  const place = { workerId: worker, tenantId: tenant.id, apiRole: roleName(database.address.database, 'api') }
  const other = await createTestTenant(database)
  await inActionTransaction(
    engine,
    place,
    async (client) => {
      const { rowCount } = await client.query(`update members set name = 'Changed' where name = 'Dora'`)
      return rowCount
    },
    async (client, changed) => {
      expect(changed).toBe(1)
      await append(client, worker, [entry(1)], [], now)
    },
  )
  const { rows } = await engine.query('select from members where tenant_id = $1 and name = $2', [other.id, 'Dora'])
  expect(rows).toHaveLength(1)
  const doomed = inActionTransaction(
    engine,
    place,
    (client) => client.query(`update members set name = 'Again'`),
    () => Promise.reject(new Error('on purpose')),
  )
  await expect(doomed).rejects.toThrow('on purpose')
  const again = await engine.query(`select from members where tenant_id = $1 and name = 'Again'`, [tenant.id])
  expect(again.rows).toHaveLength(0)
})
