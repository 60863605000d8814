// What webhooks promise: only who has the token, and where it is asked for the secret, starts the workflow; a delivery counts once.

import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { createTestTenant, databaseKey, openTestDatabase } from '../../../tests/setup/database.ts'
import {
  createTestTriggers,
  executionsOf,
  problemOf,
  type TestTriggers,
  valueOf,
} from '../../../tests/setup/triggers.ts'
import type { Trigger } from '../../kernel/definition/workflow.ts'
import type { Json } from '../../kernel/json.ts'
import { failed, ok } from '../../kernel/problem.ts'
import { KeyRing } from '../../record/key-ring.ts'
import { sealSigningSecret } from '../../record/signing-secrets.ts'
import { setWebhookSecret } from '../../record/webhook-secrets.ts'
import { newSigningSecret, signStandard } from './signatures.ts'
import { createWebhooks, type PostedBody, type Webhooks } from './webhooks.ts'

const database = openTestDatabase()
const keys = new KeyRing('', [databaseKey()])
let house: TestTriggers
let webhooks: Webhooks
let tenantId: string

beforeEach(async () => {
  house = createTestTriggers(database)
  webhooks = createWebhooks({ ...house, keys })
  tenantId = (await createTestTenant(database)).id
})

type Headers = Readonly<Record<string, string>>

function posted(raw: string): PostedBody {
  const read = () => {
    const value: Json = JSON.parse(raw)
    return ok(value)
  }
  return { raw: Buffer.from(raw), read }
}

const call = (token: string, { body = { amount: 7 }, headers = {} }: { body?: Json; headers?: Headers } = {}) =>
  webhooks.receive(token, { body: posted(JSON.stringify(body)), headers })
const executions = () => executionsOf(database, tenantId)

async function tokenOf(
  where?: string,
  webhook: Extract<Trigger, { webhook: unknown }>['webhook'] = {},
): Promise<string> {
  const trigger = where === undefined ? { webhook } : { webhook, where }
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

test('a body that cannot be read starts nothing', async () => {
  const token = await tokenOf()
  const broken = { raw: Buffer.from('{'), read: () => failed({ code: 'malformed_request', message: 'No JSON.' }) }
  expect(problemOf(await webhooks.receive(token, { body: broken, headers: {} })).code).toBe('malformed_request')
})

test.each<Headers>([{ 'webhook-id': 'd1' }, { 'idempotency-key': 'd1' }, { 'x-github-delivery': 'd1' }])(
  'a delivery that comes again starts nothing: %j',
  async (headers) => {
    const token = await tokenOf()
    const results = await Promise.all([call(token, { headers }), call(token, { headers })])
    expect(results.map((result) => valueOf(result).outcome).toSorted()).toEqual(['duplicate', 'started'])
    expect(await executions()).toHaveLength(1)
  },
)

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
  const parts = { ...house, keys, starter: { ...house.starter, admission: changing } }
  const result = await createWebhooks(parts).receive(token, { body: posted('{"amount":1}'), headers: {} })
  expect(problemOf(result).code).toBe('unavailable')
})

/** Gives the webhook of `pay` a secret, as somebody would over the API. */
async function setSecret(secret: string, previousExpiresAt: Date | null = null): Promise<void> {
  const { rows } = await database.engine.query<{ workflow_id: string; position: number }>(
    'select workflow_id, position from triggers where tenant_id = $1',
    [tenantId],
  )
  const place = { tenantId, workflowId: rows[0]?.workflow_id ?? '', position: rows[0]?.position ?? -1 }
  const sealed = sealSigningSecret(keys, place, secret)
  await setWebhookSecret(database.engine, place, { secret: sealed, setAt: new Date(house.now()), previousExpiresAt })
}

describe('a webhook that asks for a signature', () => {
  const body = { amount: 7 }
  const text = JSON.stringify(body)
  const signed = (secret: string, id = 'msg_1', at = house.now()) => signStandard([secret], { id, now: at, body: text })

  test('takes nothing before it has a secret, and says what to do', async () => {
    const token = await tokenOf(undefined, { signature: 'standard' })
    const problem = problemOf(await call(token, { headers: signed(newSigningSecret()) }))
    expect(problem).toMatchObject({ code: 'signature_refused', hint: expect.stringContaining('rotate-secret') })
    expect(house.lines).toMatchObject([{ message: 'A webhook of "pay" was refused.' }])
  })

  test('takes what its secret signed, once, and nothing else', async () => {
    const token = await tokenOf(undefined, { signature: 'standard' })
    const secret = newSigningSecret()
    await setSecret(secret)
    expect(valueOf(await call(token, { headers: signed(secret) })).outcome).toBe('started')
    // Replayed: as it was, and under a header that the signature does not cover.
    expect(valueOf(await call(token, { headers: signed(secret) })).outcome).toBe('duplicate')
    const renamed = { ...signed(secret), 'idempotency-key': 'another', 'x-github-delivery': 'another' }
    expect(valueOf(await call(token, { headers: renamed })).outcome).toBe('duplicate')
    for (const headers of [
      {},
      signed(newSigningSecret()),
      signed(secret, 'msg_2', house.now() - 301_000),
      signed(secret, 'msg_2', house.now() + 301_000),
      { ...signed(secret), 'webhook-id': 'msg_2' },
    ]) {
      expect(problemOf(await call(token, { headers })).code).toBe('signature_refused')
    }
    const other = await call(token, { headers: signed(secret, 'msg_3'), body: { amount: 8 } })
    expect(problemOf(other).code).toBe('signature_refused')
    expect(await executions()).toHaveLength(1)
  })

  test('does not read a body whose signature is refused', async () => {
    const token = await tokenOf(undefined, { signature: 'standard' })
    await setSecret(newSigningSecret())
    const unread = {
      raw: Buffer.from(text),
      read: () => {
        throw new Error('It was read.')
      },
    }
    const refused = await webhooks.receive(token, { body: unread, headers: signed(newSigningSecret()) })
    expect(problemOf(refused).code).toBe('signature_refused')
  })

  test('takes the secret before as well, until it expires', async () => {
    const token = await tokenOf(undefined, { signature: 'standard' })
    const [before, after] = [newSigningSecret(), newSigningSecret()]
    await setSecret(before)
    await setSecret(after, new Date(house.now() + 60_000))
    expect(valueOf(await call(token, { headers: signed(before, 'a') })).outcome).toBe('started')
    expect(valueOf(await call(token, { headers: signed(after, 'b') })).outcome).toBe('started')
    house.moveClock(60_000)
    expect(problemOf(await call(token, { headers: signed(before, 'c') })).code).toBe('signature_refused')
    expect(valueOf(await call(token, { headers: signed(after, 'd') })).outcome).toBe('started')
  })

  test('keeps its secret when the workflow is saved anew', async () => {
    const token = await tokenOf(undefined, { signature: 'standard' })
    const secret = newSigningSecret()
    await setSecret(secret)
    await house.save(tenantId, {
      name: 'pay',
      trigger: { webhook: { signature: 'standard' }, where: '{{ trigger.amount > 1 }}' },
    })
    expect(valueOf(await call(token, { headers: signed(secret) })).outcome).toBe('started')
  })

  test('of GitHub tells the trigger which event it is, answers a ping, and takes a delivery once', async () => {
    const token = await tokenOf('{{ trigger.github.event == "push" }}', { signature: 'github' })
    const secret = "It's a Secret to Everybody"
    await setSecret(secret)
    const signature = `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`
    const headers = (event: string, delivery?: string): Headers => ({
      'x-hub-signature-256': signature,
      'x-github-event': event,
      ...(delivery !== undefined && { 'x-github-delivery': delivery }),
    })
    expect(valueOf(await call(token, { headers: headers('ping', 'd0') })).outcome).toBe('no_match')
    expect(valueOf(await call(token, { headers: headers('star', 'd1') })).outcome).toBe('no_match')
    expect(valueOf(await call(token, { headers: headers('push', 'd2') })).outcome).toBe('started')
    expect(valueOf(await call(token, { headers: headers('push', 'd2') })).outcome).toBe('duplicate')
    expect(valueOf(await call(token, { headers: headers('push') })).outcome).toBe('started')
    expect(valueOf(await call(token, { headers: headers('push') })).outcome).toBe('duplicate')
    expect((await executions())[0]).toMatchObject({
      trigger: { amount: 7, github: { event: 'push', delivery: 'd2' } },
      inputs: { amount: 7 },
    })
    expect(problemOf(await call(token, { headers: headers('push', 'd3'), body: { amount: 9 } })).code).toBe(
      'signature_refused',
    )
  })

  test.each<[string, Json]>([
    ['its own id', { amount: 7, id: 'evt_1' }],
    ['its bytes where it has no id', { amount: 7 }],
  ])('of Stripe knows an event that is sent again by %s', async (_, event) => {
    const token = await tokenOf(undefined, { signature: 'stripe' })
    const secret = 'whsec_test_secret_0123456789'
    await setSecret(secret)
    const attempt = () => {
      const at = house.now() / 1000
      const v1 = createHmac('sha256', secret)
        .update(`${at}.${JSON.stringify(event)}`)
        .digest('hex')
      return call(token, { body: event, headers: { 'stripe-signature': `t=${at},v1=${v1}` } })
    }
    expect(valueOf(await attempt()).outcome).toBe('started')
    house.moveClock(60_000)
    expect(valueOf(await attempt()).outcome).toBe('duplicate')
  })
})
