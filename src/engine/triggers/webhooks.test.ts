// What webhooks promise: only who has the token starts the workflow, and a delivery counts once.

import { beforeEach, expect, test } from 'vitest'
import { createTestTenant, openTestDatabase } from '../../../tests/setup/database.ts'
import {
  createTestTriggers,
  executionsOf,
  problemOf,
  type TestTriggers,
  valueOf,
} from '../../../tests/setup/triggers.ts'
import { createWebhooks, type WebhookCall, type Webhooks } from './webhooks.ts'

const database = openTestDatabase()
let house: TestTriggers
let webhooks: Webhooks
let tenantId: string

beforeEach(async () => {
  house = createTestTriggers(database)
  webhooks = createWebhooks(house)
  tenantId = (await createTestTenant(database)).id
})

const call = (token: string, given: Partial<WebhookCall> = {}) =>
  webhooks.receive(token, { body: { amount: 7 }, headers: {}, ...given })
const executions = () => executionsOf(database, tenantId)
async function tokenOf(where?: string): Promise<string> {
  const trigger = where === undefined ? { webhook: {} } : { webhook: {}, where }
  const { tokens } = await house.save(tenantId, { name: 'pay', trigger, inputs: { amount: { type: 'number' } } })
  return tokens[0]?.token ?? ''
}

test('a call with the token starts the workflow with its body', async () => {
  const token = await tokenOf()
  const fired = valueOf(await call(token))
  expect(fired).toMatchObject({ workflow: 'pay', outcome: 'started' })
  expect(await executions()).toMatchObject([{ trigger: { amount: 7 }, inputs: { amount: 7 } }])
})

test('an unknown token, one that was replaced, and one of an inactive workflow get the same answer', async () => {
  const token = await tokenOf()
  const unknown = problemOf(await call('nothing'))
  expect(unknown).toEqual({ code: 'not_found', message: 'There is no webhook at this address.' })
  valueOf(await house.setStatus(tenantId, 'pay', 'inactive'))
  expect(problemOf(await call(token))).toEqual(unknown)
  valueOf(await house.setStatus(tenantId, 'pay', 'active'))
  valueOf(await call(token))
  await house.save(tenantId, { name: 'pay', trigger: { manual: {} } })
  expect(problemOf(await call(token))).toEqual(unknown)
})

test('a call whose condition is false starts nothing', async () => {
  const token = await tokenOf('{{ trigger.amount > 100 }}')
  expect(valueOf(await call(token))).toEqual({ workflow: 'pay', outcome: 'no_match' })
  expect(await executions()).toEqual([])
})

test('a body that does not fit is refused with the reasons', async () => {
  const token = await tokenOf()
  expect(problemOf(await call(token, { body: ['no', 'amount'] }))).toMatchObject({ pointer: '/amount' })
  expect(problemOf(await call(token, { body: { amount: 1, text: 'x'.repeat(1000) } })).code).toBe('payload_too_large')
})

test.each<Partial<WebhookCall>>([
  { deliveryId: 'd1' },
  { headers: { 'webhook-id': 'd1' } },
  { headers: { 'idempotency-key': 'd1' } },
  { headers: { 'x-github-delivery': 'd1' } },
])('a delivery that comes again starts nothing: %j', async (given) => {
  const token = await tokenOf()
  const results = await Promise.all([call(token, given), call(token, given)])
  expect(results.map((result) => valueOf(result).outcome).toSorted()).toEqual(['duplicate', 'started'])
  expect(await executions()).toHaveLength(1)
})

test('calls without a name of their own each start', async () => {
  const token = await tokenOf()
  await call(token)
  await call(token)
  expect(await executions()).toHaveLength(2)
})

test('a workflow that changes with every look makes the call give up', async () => {
  const token = await tokenOf()
  const { admission } = house.starter
  let round = 0
  const changing = Object.create(admission, {
    admit: {
      value: async (applicant: Parameters<typeof admission.admit>[0]) => {
        await house.save(tenantId, { name: 'pay', trigger: { webhook: {} }, description: `round ${round++}` })
        return admission.admit(applicant)
      },
    },
  })
  const result = await createWebhooks({ ...house, starter: { ...house.starter, admission: changing } }).receive(token, {
    body: { amount: 1 },
    headers: {},
  })
  expect(problemOf(result).code).toBe('unavailable')
})
