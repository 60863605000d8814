// Webhooks that come in, over HTTP from end to end: set up over the API, signed as real senders sign, forged as others would.

import { createHmac } from 'node:crypto'
import { fastify } from 'fastify'
import { Webhook } from 'standardwebhooks'
import { afterAll, describe, expect, test } from 'vitest'
import { readBodies } from '../../src/api/body.ts'
import { addHooks } from '../../src/api/hooks.ts'
import { answerWithProblems } from '../../src/api/problem-reply.ts'
import type { Principal } from '../../src/api/principal.ts'
import { webhookTriggerRoutes } from '../../src/api/routes/webhook-triggers.ts'
import { saveWorkflow } from '../../src/engine/triggers/save-workflow.ts'
import { createWebhooks } from '../../src/engine/triggers/webhooks.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import type { Trigger } from '../../src/kernel/definition/workflow.ts'
import { asTenant } from '../../src/record/database.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { createTestTenant, newId } from '../setup/database.ts'
import { executionsOf } from '../setup/triggers.ts'
import { keys } from './delivery-house.ts'

const api = await openTestApi(webhookTriggerRoutes, { keys })
const door = fastify({ bodyLimit: 1_000_000 })
readBodies(door, [])
answerWithProblems(door, () => {})
const webhooks = createWebhooks({ ...api.parts, keys, log: () => {} })
addHooks(door, {
  webhook: (token, headers, body) => webhooks.receive(token, { headers, body }),
  callback: async () => ({ ok: false, problems: [] }),
})
afterAll(() => door.close())

const body = '{"amount": 7, "note": "Zoë"}'

async function hookOf(webhook: Extract<Trigger, { webhook: unknown }>['webhook']) {
  const tenant = await createTestTenant(api.database)
  const workflow = { name: 'pay', trigger: { webhook }, steps: [{ id: 'say', action: 'log' }] }
  const saved = await asTenant(api.database, tenant.id, (client) =>
    saveWorkflow(api.parts, client, operatorOf(tenant.id), { workflow, source: '' }),
  )
  const { rows } = await api.database.engine.query<{ id: string }>('select id from triggers where tenant_id = $1', [
    tenant.id,
  ])
  const id = rows[0]?.id ?? ''
  const owner = memberPrincipal(tenant)
  let url = `/hooks/${saved.tokens[0]?.token}`
  return {
    id,
    owner,
    post: async (headers: Record<string, string>, payload = body) => {
      const answer = await door.inject({
        method: 'POST',
        url,
        payload,
        headers: { 'content-type': 'application/json', ...headers },
      })
      return { status: answer.statusCode, body: answer.json() }
    },
    started: async () => (await executionsOf(api.database, tenant.id)).length,
    change: async (method: 'GET' | 'PUT' | 'POST', what: string, given?: object, as: Principal = owner) => {
      const answer = await api.send(as, {
        method,
        url: `/triggers/${id}/${what}`,
        ...(given !== undefined && { payload: given }),
      })
      const told = answer.json()
      if (typeof told.url === 'string') url = new URL(told.url).pathname
      return { status: answer.statusCode, body: told }
    },
  }
}

const signed = (secret: string, id: string, at = Date.now(), payload = body) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at / 1000)),
  'webhook-signature': new Webhook(secret).sign(id, new Date(at), payload),
})

describe('a webhook that is signed as Standard Webhooks asks', async () => {
  const hook = await hookOf({ signature: 'standard' })
  const { body: made } = await hook.change('POST', 'rotate-secret')
  const secret: string = made.secret

  test('starts the workflow with what the official library signs, once', async () => {
    const headers = signed(secret, 'msg_1')
    expect(await hook.post(headers)).toMatchObject({ status: 202, body: { outcome: 'started' } })
    expect(await hook.post(headers)).toEqual({ status: 202, body: { outcome: 'duplicate' } })
    expect(await hook.started()).toBe(1)
  })

  test.each<[string, Record<string, string>, string?]>([
    ['unsigned', {}],
    ['forged', { ...signed(secret, 'x1'), 'webhook-signature': `v1,${'A'.repeat(43)}=` }],
    ['signed with another secret', signed('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'x2')],
    ['replayed under another id', { ...signed(secret, 'msg_1'), 'webhook-id': 'x3' }],
    ['late', signed(secret, 'x4', Date.now() - 310_000)],
    ['early', signed(secret, 'x5', Date.now() + 310_000)],
    ['truncated', signed(secret, 'x6'), body.slice(0, -3)],
    ['changed', signed(secret, 'x7'), body.replace('7', '70')],
    ['reformatted', signed(secret, 'x8'), JSON.stringify(JSON.parse(body))],
    [
      'with a time that was put in',
      { ...signed(secret, 'x9'), 'webhook-timestamp': `${Math.floor(Date.now() / 1000)}, 0` },
    ],
    ['with an id that shifts the body', { ...signed(secret, 'x10'), 'webhook-id': 'x10.1' }],
    ['not even JSON, and unsigned', {}, '{"amount":'],
  ])('%s: nothing starts', async (_, headers, payload) => {
    const before = await hook.started()
    const refused = await hook.post(headers, payload)
    expect(refused).toMatchObject({ status: 401, body: { code: 'signature_refused' } })
    expect(refused.body.detail.length).toBeGreaterThan(20)
    expect(JSON.stringify(refused.body)).not.toContain(secret)
    expect(await hook.started()).toBe(before)
  })

  test('a signed body with keys that reach a prototype is refused all the same', async () => {
    const hostile = '{"__proto__":{"admin":true}}'
    expect(await hook.post(signed(secret, 'h1', Date.now(), hostile), hostile)).toMatchObject({ status: 400 })
  })

  test('takes both secrets while one replaces the other, and only the new one where the old has leaked', async () => {
    const { body: second } = await hook.change('POST', 'rotate-secret')
    expect(second.previous_secret_until).not.toBeNull()
    expect((await hook.post(signed(secret, 'r1'))).status).toBe(202)
    expect((await hook.post(signed(second.secret, 'r2'))).status).toBe(202)
    const { body: third } = await hook.change('POST', 'rotate-secret', { keep_previous: false })
    expect(third.previous_secret_until).toBeNull()
    expect((await hook.post(signed(second.secret, 'r3'))).status).toBe(401)
    expect((await hook.post(signed(third.secret, 'r4'))).status).toBe(202)
  })

  test('tells nobody its secret again', async () => {
    const { body: signing } = await hook.change('GET', 'secret')
    expect(signing).toEqual({ signature: 'standard', secret_set_at: expect.any(String), previous_secret_until: null })
    const tenantId = hook.owner.tenantId
    const { rows } = await api.database.engine.query('select * from audit_entries where tenant_id = $1', [tenantId])
    const { rows: kept } = await api.database.engine.query('select * from webhook_secrets where tenant_id = $1', [
      tenantId,
    ])
    expect(rows.map(({ action }) => action)).toContain('webhook.secret_rotated')
    expect(JSON.stringify([rows, kept])).not.toContain(secret.slice('whsec_'.length))
  })
})

test('a webhook of GitHub is set up with the secret of the documentation', async () => {
  const hook = await hookOf({ signature: 'github' })
  const secret = "It's a Secret to Everybody"
  expect((await hook.change('PUT', 'secret', { value: secret })).status).toBe(200)
  const headers = {
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    'x-github-event': 'push',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  }
  expect(await hook.post({ ...headers, 'x-github-event': 'ping' })).toEqual({
    status: 202,
    body: { outcome: 'no_match' },
  })
  expect((await hook.post(headers)).body.outcome).toBe('started')
  expect((await hook.post(headers)).body.outcome).toBe('duplicate')
  expect((await hook.post(headers, `${body} `)).status).toBe(401)
  const form = await hook.post({ ...headers, 'content-type': 'application/x-www-form-urlencoded' }, 'payload=1')
  expect(form).toMatchObject({ status: 415, body: { detail: expect.stringContaining('form') } })
})

test('a webhook of Stripe takes the secret that Stripe shows', async () => {
  const hook = await hookOf({ signature: 'stripe' })
  const secret = 'whsec_0123456789abcdefghijklmnopqrstuv'
  await hook.change('PUT', 'secret', { value: secret })
  const event = '{"id":"evt_1","object":"event"}'
  const at = Math.floor(Date.now() / 1000)
  const v1 = createHmac('sha256', secret).update(`${at}.${event}`).digest('hex')
  expect((await hook.post({ 'stripe-signature': `t=${at},v1=${v1},v0=abc` }, event)).body.outcome).toBe('started')
  expect((await hook.post({ 'stripe-signature': `t=${at},v1=${v1.replace(/^./, 'g')}` }, event)).status).toBe(401)
})

test('a webhook without a signature needs its address alone, and can get another', async () => {
  const hook = await hookOf({})
  expect((await hook.post({})).body.outcome).toBe('started')
  expect(await hook.change('POST', 'rotate-secret')).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('no signature') },
  })
  const before = await hook.change('GET', 'secret')
  expect(before.body).toEqual({ signature: null, secret_set_at: null, previous_secret_until: null })
  const old = hook.post
  const moved = await hook.change('POST', 'rotate-token')
  expect(moved.body.url).toMatch(/^http:\/\/127\.0\.0\.1:4000\/hooks\/[\w-]{43}$/)
  expect((await old({})).status).toBe(202)
  const gone = await door.inject({
    method: 'POST',
    url: '/hooks/nothing',
    payload: '{}',
    headers: { 'content-type': 'application/json' },
  })
  expect(gone.statusCode).toBe(404)
})

test('a secret that cannot sign is refused', async () => {
  const hook = await hookOf({ signature: 'standard' })
  const refused = await hook.change('PUT', 'secret', { value: 'whsec_short' })
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/value' }] } })
})

test('to another tenant, and to who may not, none of it is there', async () => {
  const hook = await hookOf({ signature: 'standard' })
  const stranger = memberPrincipal(await createTestTenant(api.database))
  const { change } = hook
  const viewer = { ...hook.owner, role: 'viewer' as const }
  for (const [method, what, given] of [
    ['GET', 'secret'],
    ['PUT', 'secret', { value: 'whsec_0123456789abcdef' }],
    ['POST', 'rotate-secret'],
    ['POST', 'rotate-token'],
  ] as const) {
    expect([what, (await change(method, what, given, stranger)).status]).toEqual([what, 404])
    expect([what, (await change(method, what, given, viewer)).status]).toEqual([what, method === 'GET' ? 200 : 403])
    const unknown = await api.send(hook.owner, {
      method,
      url: `/triggers/${newId()}/${what}`,
      ...(given !== undefined && { payload: given }),
    })
    expect(unknown.statusCode).toBe(404)
  }
})
