// What chained workflows promise: the end of one starts the next, once, and never in an endless circle.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestTenant, openOwnDatabase } from '../../../tests/setup/database.ts'
import { commitOf, restOf, startWorker } from '../../../tests/setup/executions.ts'
import { createTestTriggers, executionsOf, type TestTriggers, valueOf } from '../../../tests/setup/triggers.ts'
import type { Json } from '../../kernel/json.ts'
import { claimExecutions } from '../../record/claims.ts'
import { writeCommit } from '../../record/commit.ts'
import type { Database } from '../../record/database.ts'
import { type Chain, createChain } from './chain.ts'

// A keeper sees the ends of all tenants, so this file has a database of its own.
let database: Database
let house: TestTriggers
let chain: Chain
let tenantId: string

beforeAll(async () => {
  database = await openOwnDatabase(12)
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.engine.query(
    'delete from executions; delete from live_executions; delete from execution_ends; delete from chained_ends',
  )
  house = createTestTriggers(database)
  chain = createChain(house)
  tenantId = (await createTestTenant(database)).id
})

/** Runs whatever is queued to its end, and returns how many that were. */
async function endAll(
  status: 'completed' | 'failed' | 'cancelled' = 'completed',
  output: Json = { total: 3 },
): Promise<number> {
  const worker = await startWorker(database)
  const now = new Date(house.now())
  const { executions: claimed } = await claimExecutions(database.engine, worker, 500, now)
  const rests = claimed.map(({ id }) => restOf(tenantId, id, { status, output }))
  await writeCommit(database.engine, worker, commitOf({ rests }), now)
  return claimed.length
}
const start = async (workflow = 'first') =>
  valueOf(await house.starter.start({ tenantId, workflow, inputs: {}, startedBy: 'ana' })).executionId
/** Whether the end of an execution has yet to be looked at. */
const isChainPending = async (id: string) =>
  (await database.engine.query('select from chained_ends where execution_id = $1', [id])).rowCount === 1
const executions = (workflow: string) =>
  executionsOf(database, tenantId).then((rows) => rows.filter((row) => row['workflow'] === workflow))

test('an end starts the workflows that wait for it, with what it returned', async () => {
  await house.save(tenantId, { name: 'first' })
  await house.save(tenantId, { name: 'next', trigger: { workflow: 'first' }, inputs: { total: { type: 'number' } } })
  const id = await start()
  await endAll()
  expect(await isChainPending(id)).toBe(true)
  expect(await chain.startDue()).toBe(1)
  expect(await executions('next')).toMatchObject([
    {
      trigger: { execution_id: id, workflow: 'first', status: 'completed', output: { total: 3 } },
      inputs: { total: 3 },
      depth: 1,
      started_by: `execution:${id}`,
    },
  ])
  expect(await isChainPending(id)).toBe(false)
  expect(await chain.startDue()).toBe(0)
})

test('only the end it asks for counts, and only where its condition is true', async () => {
  await house.save(tenantId, { name: 'first' })
  await house.save(tenantId, { name: 'on-end', trigger: { workflow: 'first' } })
  await house.save(tenantId, { name: 'on-failure', trigger: { workflow: 'first', on: 'failed' } })
  await house.save(tenantId, {
    name: 'on-large',
    trigger: { workflow: 'first', on: 'failed', where: '{{ trigger.output == null }}' },
  })
  await house.save(tenantId, { name: 'on-cancel', trigger: { workflow: 'first', on: 'cancelled' } })
  await start()
  await endAll('failed', null)
  await chain.startDue()
  const started = (await executionsOf(database, tenantId)).map((row) => row['workflow'])
  expect(started.toSorted()).toEqual(['first', 'on-failure', 'on-large'])
})

test('an end that nobody waits for is not looked at', async () => {
  await house.save(tenantId, { name: 'first' })
  await house.save((await createTestTenant(database)).id, { name: 'next', trigger: { workflow: 'first' } })
  const id = await start()
  await endAll()
  expect(await isChainPending(id)).toBe(false)
})

test('several keepers at once start each once', async () => {
  await house.save(tenantId, { name: 'first' })
  await house.save(tenantId, { name: 'next', trigger: { workflow: 'first' } })
  for (let count = 0; count < 30; count++) await start()
  await endAll()
  const looked = await Promise.all([1, 2, 3, 4].map(() => createChain(house).startDue()))
  expect(looked.reduce((sum, count) => sum + count)).toBe(30)
  expect(await executions('next')).toHaveLength(30)
})

test('two workflows that chain each other end after twenty, with a line in the log', async () => {
  await house.save(tenantId, { name: 'ping', trigger: [{ manual: {} }, { workflow: 'pong' }] })
  await house.save(tenantId, { name: 'pong', trigger: { workflow: 'ping' } })
  await start('ping')
  let rounds = 0
  while ((await endAll()) > 0) {
    rounds++
    await chain.startDue()
  }
  expect(rounds).toBe(21)
  expect(house.lines).toMatchObject([
    { detail: { problems: [expect.stringMatching(/End the circle with a condition/)] } },
  ])
})

test('an end whose next workflow is saved meanwhile starts it all the same, once', async () => {
  await house.save(tenantId, { name: 'first' })
  await house.save(tenantId, { name: 'next', trigger: { workflow: 'first' } })
  await start()
  await endAll()
  const { admission } = house.starter
  let isFirst = true
  const changing = Object.create(admission, {
    admit: {
      value: async (applicant: Parameters<typeof admission.admit>[0]) => {
        if (isFirst) await house.save(tenantId, { name: 'next', trigger: { workflow: 'first' }, description: 'new' })
        isFirst = false
        return admission.admit(applicant)
      },
    },
  })
  const chained = createChain({ ...house, starter: { ...house.starter, admission: changing } })
  expect(await chained.startDue()).toBe(1)
  expect(await executions('next')).toEqual([])
  expect(await chained.startDue()).toBe(1)
  expect(await executions('next')).toMatchObject([{ version: 2 }])
})
