// The feed: what it tells, in which order, and where a reader goes on. What it promises under load is in tests/stream.

import { afterAll, expect, test } from 'vitest'
import { asOwner, caughtUp, createTestTenant, newId, openOwnDatabase } from '../../tests/setup/database.ts'
import { newExecution, startWorker } from '../../tests/setup/executions.ts'
import type { JournalEvent } from '../kernel/plan/journal.ts'
import { append } from './append.ts'
import { asTenant, inTransaction } from './database.ts'
import { startExecutions } from './executions.ts'
import { feedHorizon, type FeedPage, forgetStragglers, readFeed } from './feed.ts'
import { auditHeads, knownExecutions, readWorkflowNames } from './feed-context.ts'
import { beginning, comparePositions, nil, parsePosition } from './feed-position.ts'

const database = await openOwnDatabase()
const { engine } = database
afterAll(() => database.close())
const worker = await startWorker(database)

async function start(tenantId: string, createdAt = new Date()): Promise<string> {
  const execution = newExecution(tenantId, { createdAt })
  await startExecutions(engine, [execution])
  await caughtUp(engine)
  return execution.id
}

async function write(tenantId: string, executionId: string, seq: number, at = Date.now()): Promise<void> {
  const event: JournalEvent = { type: 'step.skipped', step: `s${seq}`, at }
  await append(engine, worker, [{ tenantId, executionId, seq, event }], [], new Date())
  await caughtUp(engine)
}

const keysOf = ({ entries }: FeedPage): string[] => entries.map(({ executionId, seq }) => `${executionId}/${seq}`)

async function readAll(from: string, tenantId: string, limit = 100): Promise<string[]> {
  const keys: string[] = []
  for (let place = from, isCut = true; isCut;) {
    const page = await readFeed(engine, place, { limit, tenantId })
    keys.push(...keysOf(page))
    ;({ position: place, isCut } = page)
  }
  return keys
}

test('an execution is told from its start on, with what the journal knows', async () => {
  const [tenantId, from] = [newId(), await feedHorizon(engine)]
  const id = await start(tenantId)
  const at = Date.now()
  await append(
    engine,
    worker,
    [
      {
        tenantId,
        executionId: id,
        seq: 1,
        event: {
          type: 'step.completed',
          step: 'a',
          item: 2,
          attempt: 3,
          outcome: 'yes',
          output: 7,
          at,
          startedAt: at - 5,
        },
      },
      { tenantId, executionId: id, seq: 2, event: { type: 'execution.ended', status: 'completed', at } },
    ],
    [],
    new Date(),
  )
  const { entries, isCut } = await readFeed(engine, from, { limit: 10, tenantId })
  expect(isCut).toBe(false)
  const common = { tenantId, executionId: id }
  expect(entries).toMatchObject([
    { ...common, seq: 0, type: 'execution.started', step: null, data: { started_by: 'test' } },
    {
      ...common,
      seq: 1,
      type: 'step.completed',
      step: 'a',
      item: 2,
      attempt: 3,
      outcome: 'yes',
      at,
      startedAt: at - 5,
      data: { output: 7 },
    },
    { ...common, seq: 2, type: 'execution.ended', step: null, startedAt: null, data: { status: 'completed' } },
  ])
})

test('an event is held back until every transaction that began to write before it is over', async () => {
  const [tenantId, other, from] = [newId(), newId(), await feedHorizon(engine)]
  await inTransaction(database.engine, async (client) => {
    await startExecutions(client, [newExecution(other, { createdAt: new Date() })])
    await startExecutions(engine, [newExecution(tenantId, { createdAt: new Date() })])
    expect(await readAll(from, tenantId)).toEqual([])
  })
  await caughtUp(engine)
  expect(await readAll(from, tenantId)).toHaveLength(1)
  expect(await readAll(from, other)).toHaveLength(1)
})

test('what is written long after it happened, or under a clock that is wrong, is told in its turn', async () => {
  const [tenantId, from] = [newId(), await feedHorizon(engine)]
  const id = await start(tenantId)
  for (const [index, lag] of [0, 3_600_000, 0, -3_600_000, 0, 90_000_000, 0].entries())
    await write(tenantId, id, index + 1, Date.now() - lag)
  const late = await start(tenantId, new Date(0))
  const expected = [...[0, 1, 2, 3, 4, 5, 6, 7].map((seq) => `${id}/${seq}`), `${late}/0`]
  expect(await readAll(from, tenantId)).toEqual(expected)
  expect(await readAll(from, tenantId, 1)).toEqual(expected)
  expect(await readAll(beginning, tenantId, 2)).toEqual(expected)
})

test('a page says how far it has read, also where nothing matched', async () => {
  const [tenantId, from] = [newId(), await feedHorizon(engine)]
  await start(tenantId)
  const none = await readFeed(engine, from, { limit: 10, tenantId: newId() })
  const some = await readFeed(engine, from, { limit: 10, types: ['execution.ended'], toEnd: true })
  expect([none.entries, some.entries]).toEqual([[], []])
  expect(comparePositions(some.position, from)).toBeGreaterThan(0)
  expect(parsePosition(some.position)).toMatchObject({ executionId: nil, seq: 0 })
  expect((await readFeed(engine, some.position, { limit: 10 })).entries).toEqual([])
})

test('one execution is read by its key, whatever is between', async () => {
  const tenantId = newId()
  const [id, other] = [await start(tenantId, new Date(0)), await start(tenantId)]
  for (const seq of [1, 2, 3]) for (const execution of [id, other]) await write(tenantId, execution, seq)
  const page = await readFeed(engine, beginning, { limit: 3, tenantId, executionId: id })
  const rest = await readFeed(engine, page.position, { limit: 3, tenantId, executionId: id })
  expect([...keysOf(page), ...keysOf(rest)]).toEqual([0, 1, 2, 3].map((seq) => `${id}/${seq}`))
  expect((await readFeed(engine, beginning, { limit: 3, tenantId: newId(), executionId: id })).entries).toEqual([])
})

test('a position ahead of the database, as after the restore of a backup, goes by its time', async () => {
  const tenantId = newId()
  const id = await start(tenantId)
  const ahead = `900000000000.${Date.now() - 60_000}.${id}.5`
  expect(await readAll(ahead, tenantId)).toEqual([`${id}/0`])
})

test('as the role of the API a reader sees its own tenant, in the same order', async () => {
  const [{ id: mine }, { id: other }] = [await createTestTenant(database), await createTestTenant(database)]
  const from = await feedHorizon(engine)
  const ids = [await start(mine), await start(mine)]
  await start(other)
  const page = await asTenant(database, mine, (client) => readFeed(client, from, { limit: 10 }))
  expect(keysOf(page)).toEqual(ids.map((id) => `${id}/0`))
  const foreign = await asTenant(database, mine, (client) => readFeed(client, from, { limit: 10, tenantId: other }))
  expect(foreign.entries).toEqual([])
})

test('rows that were frozen keep their place', async () => {
  const [tenantId, from] = [newId(), await feedHorizon(engine)]
  const id = await start(tenantId)
  await write(tenantId, id, 1)
  const before = await readFeed(engine, from, { limit: 10, tenantId })
  await asOwner(database.address, (client) => client.query('vacuum freeze executions, journal'))
  const frozen = await readFeed(engine, from, { limit: 10, tenantId })
  expect(frozen.entries.map(({ position }) => position)).toEqual(before.entries.map(({ position }) => position))
  expect(keysOf(frozen)).toEqual([`${id}/0`, `${id}/1`])
})

test('stragglers are forgotten after a while', async () => {
  await start(newId(), new Date(0))
  expect(await forgetStragglers(engine, new Date(Date.now() + 60_000))).toBeGreaterThan(0)
  expect(await forgetStragglers(engine, new Date(Date.now() + 60_000))).toBe(0)
})

test('a text that is no position is refused', async () => {
  await expect(readFeed(engine, 'now', { limit: 1 })).rejects.toThrow('"now" is no position of the feed')
  expect(() => comparePositions('a', beginning)).toThrow('Not a position')
})

test('what belongs to entries is found by tenant', async () => {
  const { id: tenantId } = await createTestTenant(database)
  const id = await start(tenantId)
  expect(await knownExecutions(engine, tenantId, [id, newId()])).toEqual(new Set([id]))
  expect(await knownExecutions(engine, newId(), [id])).toEqual(new Set())
  expect(await readWorkflowNames(engine, [{ tenantId, executionId: id }])).toEqual(new Map())
  expect(await auditHeads(engine, [tenantId])).toEqual(new Map([[tenantId, 0]]))
})
