// Subscriptions and deliveries over HTTP: kept by administrators, seen by nobody else's, and never with a secret.

import { expect, test } from 'vitest'
import { deliveryRoutes } from '../../src/api/routes/deliveries.ts'
import { subscriptionRoutes } from '../../src/api/routes/subscriptions.ts'
import type { Principal } from '../../src/api/principal.ts'
import { claimDeliveries, recordAttempts } from '../../src/record/delivery-queue.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { createTestTenant, newId } from '../setup/database.ts'
import { createTestTriggers } from '../setup/triggers.ts'
import { keys } from './delivery-house.ts'

const api = await openTestApi([...subscriptionRoutes, ...deliveryRoutes], { keys })
const tenant = await createTestTenant(api.database)
await createTestTriggers(api.database).save(tenant.id, { name: 'pay' })
const owner = memberPrincipal(tenant)
const stranger = memberPrincipal(await createTestTenant(api.database))

const send = async (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  { as = owner, body, headers = {} }: { as?: Principal; body?: object; headers?: Record<string, string> } = {},
) => {
  const answer = await api.send(as, { method, url, headers, ...(body !== undefined && { payload: body }) })
  return {
    status: answer.statusCode,
    etag: String(answer.headers['etag']),
    body: answer.body === '' ? null : answer.json(),
  }
}
const create = async (body: object = {}, as = owner) =>
  (await send('POST', '/subscriptions', { as, body: { url: 'https://example.com/hook', ...body } })).body

test('one is made with a secret that is told once, and read, listed and audited without it', async () => {
  const made = await send('POST', '/subscriptions', {
    body: { url: 'https://example.com/a', event_types: ['workflow.failed'], workflow: 'pay', description: 'Pager' },
  })
  expect(made.status).toBe(201)
  const { secret, ...shown } = made.body
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(shown).toMatchObject({
    status: 'active',
    workflow: 'pay',
    created_by: `member:${owner.id}`,
    failing_since: null,
  })
  const read = await send('GET', `/subscriptions/${shown.id}`)
  expect(read).toMatchObject({ status: 200, etag: made.etag, body: shown })
  const { body: list } = await send('GET', '/subscriptions?status=active')
  expect(list.items).toContainEqual(shown)
  const { rows } = await api.database.engine.query(
    `select * from audit_entries where tenant_id = $1 and object_type = 'subscription'`,
    [tenant.id],
  )
  const { rows: kept } = await api.database.engine.query('select * from subscriptions where tenant_id = $1', [
    tenant.id,
  ])
  expect(JSON.stringify([read.body, list, rows, kept])).not.toContain(secret)
  expect(rows.at(-1)).toMatchObject({ action: 'subscription.created', object_id: shown.id, after: { url: shown.url } })
})

test.each([
  [{ url: 'ftp://example.com' }, '/url'],
  [{ url: 'https://ana:secret@example.com' }, '/url'],
  [{ url: 'nonsense' }, '/url'],
  [{ event_types: [] }, '/event_types'],
  [{ event_types: ['order.created'] }, '/event_types/0'],
  [{ secret: 'whsec_mine' }, '/secret'],
])('one that cannot be is refused: %j', async (given, pointer) => {
  const refused = await create(given)
  expect(refused).toMatchObject({ status: 422, errors: [{ code: 'invalid_input', pointer }] })
})

test('the only workflow that it is about has to be there', async () => {
  const answer = await send('POST', '/subscriptions', { body: { url: 'https://example.com/a', workflow: 'unknown' } })
  expect(answer).toMatchObject({ status: 404, body: { errors: [{ pointer: '/workflow' }] } })
})

test('it is changed by who has seen what it is', async () => {
  const { id } = await create()
  const { etag } = await send('GET', `/subscriptions/${id}`)
  expect((await send('PATCH', `/subscriptions/${id}`, { body: { description: 'a' } })).status).toBe(428)
  const changed = await send('PATCH', `/subscriptions/${id}`, {
    body: { description: 'a', workflow: 'pay', url: 'https://example.com/b', event_types: ['*'] },
    headers: { 'if-match': etag },
  })
  expect(changed).toMatchObject({
    status: 200,
    body: { description: 'a', workflow: 'pay', url: 'https://example.com/b' },
  })
  const late = { body: { status: 'disabled' }, headers: { 'if-match': etag } }
  expect((await send('PATCH', `/subscriptions/${id}`, late)).status).toBe(412)
  const off = await send('PATCH', `/subscriptions/${id}`, { ...late, headers: { 'if-match': changed.etag } })
  expect(off.body).toMatchObject({ status: 'disabled', disabled_reason: null })
  const bad = { body: { url: 'nonsense' }, headers: { 'if-match': off.etag } }
  expect((await send('PATCH', `/subscriptions/${id}`, bad)).status).toBe(422)
  expect((await send('POST', `/subscriptions/${id}/test`)).body.detail).toContain('is disabled')
})

test('its secret is replaced, with the one before for a day', async () => {
  const { id, secret } = await create()
  const rotated = await send('POST', `/subscriptions/${id}/rotate-secret`)
  expect(rotated.status).toBe(200)
  expect(rotated.body.secret).not.toBe(secret)
  const left = Date.parse(rotated.body.previous_secret_until) - Date.now()
  expect(Math.round(left / 3_600_000)).toBe(24)
})

test('a ping is enqueued, shown with what came of it, and sent again', async () => {
  const { id } = await create()
  const { status, body } = await send('POST', `/subscriptions/${id}/test`)
  expect(status).toBe(202)
  const delivery = `/deliveries/${body.delivery_id}`
  expect((await send('GET', delivery)).body).toMatchObject({
    ...{ type: 'webhook.ping', status: 'pending', attempts: [], execution_id: null },
    body: expect.stringContaining(id),
  })
  expect((await send('POST', `${delivery}/replay`)).status).toBe(409)
  await answerAll(500)
  const { body: page } = await send('GET', `/subscriptions/${id}/deliveries?status=failed`)
  expect(page).toMatchObject({
    total: 1,
    items: [{ status: 'failed', attempts: [{ attempt: 1, status: 500, answer: 'no' }] }],
  })
  expect((await send('GET', `/subscriptions/${id}/deliveries?status=delivered`)).body.items).toEqual([])
  const replayed = await send('POST', `${delivery}/replay`)
  expect(replayed).toMatchObject({ status: 202, body: { status: 'pending', webhook_id: page.items[0].webhook_id } })
})

/** What a loop would do for everything that is due. */
async function answerAll(code: number): Promise<void> {
  const lease = newId()
  const now = new Date()
  const claim = {
    lease,
    now,
    leaseUntil: new Date(now.getTime() + 60_000),
    most: 100,
    perSubscription: 10,
    perTenant: 100,
  }
  const claimed = await claimDeliveries(api.database.engine, claim)
  const result = {
    at: now,
    ms: 3,
    code,
    answer: 'no',
    error: 'no',
    status: 'failed',
    dueAt: null,
    settledAt: now,
  } as const
  await recordAttempts(
    api.database.engine,
    claimed.filter(({ tenantId }) => tenantId === tenant.id).map((one) => ({ ...one, ...result })),
  )
}

test('it is deleted with its deliveries', async () => {
  const { id } = await create()
  const { body } = await send('POST', `/subscriptions/${id}/test`)
  expect((await send('DELETE', `/subscriptions/${id}`)).status).toBe(204)
  for (const url of [`/subscriptions/${id}`, `/subscriptions/${id}/deliveries`, `/deliveries/${body.delivery_id}`]) {
    expect((await send('GET', url)).status).toBe(404)
  }
})

test('to another tenant none of it is there', async () => {
  const { id } = await create()
  const { body } = await send('POST', `/subscriptions/${id}/test`)
  const requests = [
    ['GET', `/subscriptions/${id}`],
    ['PATCH', `/subscriptions/${id}`, { description: 'theirs' }],
    ['DELETE', `/subscriptions/${id}`],
    ['POST', `/subscriptions/${id}/rotate-secret`],
    ['POST', `/subscriptions/${id}/test`],
    ['GET', `/subscriptions/${id}/deliveries`],
    ['GET', `/deliveries/${body.delivery_id}`],
    ['POST', `/deliveries/${body.delivery_id}/replay`],
  ] as const
  for (const [method, url, given] of requests) {
    for (const target of [url, url.replace(id, newId()).replace(body.delivery_id, newId())]) {
      const headers = { 'if-match': '*' }
      const as = target === url ? stranger : owner
      const refused = await send(method, target, { as, headers, ...(given !== undefined && { body: given }) })
      expect([method, target, refused.status]).toEqual([method, target, 404])
    }
  }
  expect((await send('GET', '/subscriptions', { as: stranger })).body.items).toEqual([])
})

test('who may not keep subscriptions is refused', async () => {
  const builder = memberPrincipal(tenant, 'ben')
  const operator = memberPrincipal(tenant, 'dora')
  expect((await send('GET', '/subscriptions', { as: builder })).status).toBe(200)
  expect((await send('POST', '/subscriptions', { as: builder, body: { url: 'https://example.com' } })).status).toBe(403)
  expect((await send('GET', '/subscriptions', { as: operator })).status).toBe(403)
})

test('a tenant has up to a hundred', async () => {
  const busy = memberPrincipal(await createTestTenant(api.database))
  for (let count = 0; count < 100; count++) await create({}, busy)
  expect(await create({}, busy)).toMatchObject({ status: 409, detail: expect.stringContaining('100') })
})
