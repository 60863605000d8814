// Events over HTTP: CloudEvents in each of their modes, taken once, answered one by one.

import { expect, test } from 'vitest'
import { eventRoutes } from '../../src/api/routes/events.ts'
import { saveWorkflow } from '../../src/engine/triggers/save-workflow.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { asTenant } from '../../src/record/database.ts'
import { pruneEventReceipts } from '../../src/record/event-receipts.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { createTestTenant, newId } from '../setup/database.ts'
import { executionsOf } from '../setup/triggers.ts'
import { keys } from './delivery-house.ts'

const api = await openTestApi(eventRoutes, { keys })
const tenant = await createTestTenant(api.database)
const owner = memberPrincipal(tenant)
const workflow = {
  name: 'pay',
  trigger: { event: 'order.created', where: '{{ trigger.cloudevent.source == "/shop" }}' },
  inputs: { amount: { type: 'number' as const } },
  steps: [{ id: 'say', action: 'log' }],
}
await asTenant(api.database, tenant.id, (client) =>
  saveWorkflow(api.parts, client, operatorOf(tenant.id), { workflow, source: '' }),
)

const post = async (payload: unknown, headers: Record<string, string> = {}, as = owner) => {
  const sent = { 'content-type': 'application/json', ...headers }
  const answer = await api.send(as, { method: 'POST', url: '/events', payload: JSON.stringify(payload), headers: sent })
  return { status: answer.statusCode, body: answer.json() }
}
const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
const batch = { 'content-type': 'application/cloudevents-batch+json' }
const event = (given: object = {}) => ({
  ...{ specversion: '1.0', id: newId(), source: '/shop', type: 'order.created', data: { amount: 7 } },
  ...given,
})
const executions = () => executionsOf(api.database, tenant.id)

test('a structured event starts what listens for it, once', async () => {
  const given = event({ region: 'eu', subject: 'order 7', time: '2026-11-21T12:00:00Z' })
  const first = await post(given, structured)
  expect(first).toEqual({
    status: 202,
    body: {
      ...{ id: given.id, source: '/shop', duplicate: false, signalled: 0, refused: [] },
      started: [expect.stringMatching(/^[0-9a-f-]{36}$/)],
    },
  })
  expect(await post(given, structured)).toMatchObject({ status: 202, body: { duplicate: true, started: [] } })
  const started = (await executions()).find(({ id }) => id === first.body.started[0])
  expect(started).toMatchObject({
    inputs: { amount: 7 },
    trigger: { amount: 7, cloudevent: { id: given.id, type: 'order.created', region: 'eu', subject: 'order 7' } },
  })
})

test('an event in binary mode has its attributes in headers, percent-encoded', async () => {
  const id = newId()
  const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/shop', 'ce-type': 'order.created' }
  const taken = await post({ amount: 9 }, { ...headers, 'ce-subject': 'Caf%C3%A9' })
  expect(taken).toMatchObject({ status: 202, body: { id, started: [expect.any(String)] } })
  const started = (await executions()).find((one) => one['id'] === taken.body.started[0])
  expect(started).toMatchObject({ trigger: { amount: 9, cloudevent: { subject: 'Café' } } })
  expect(await post(5, { ...headers, 'ce-id': '' })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/id' }] },
  })
})

test('without an envelope type, source, id and data are enough', async () => {
  const { specversion: _, ...plain } = event()
  expect(await post(plain)).toMatchObject({ status: 202, body: { started: [expect.any(String)] } })
})

test('a batch is answered event by event, and one that is wrong holds up no other', async () => {
  const same = event()
  const { status, body } = await post(
    [same, event({ source: '' }), event({ data: { amount: 'many' } }), event({ type: 'other' }), 5, same],
    batch,
  )
  expect(status).toBe(200)
  expect(body.items).toMatchObject([
    { status: 'taken', id: same.id },
    { status: 'refused', problems: [{ pointer: '/source' }] },
    { status: 'taken', started: [], refused: [{ workflow: 'pay', problems: [{ pointer: '/amount' }] }] },
    { status: 'taken', started: [], refused: [] },
    { status: 'refused', id: null },
    { status: 'taken', id: same.id },
  ])
  const [first, last] = [body.items[0], body.items[5]]
  expect([first.duplicate, last.duplicate].toSorted()).toEqual([false, true])
  expect(await post([], batch)).toEqual({ status: 200, body: { items: [] } })
  expect(await post(event(), batch)).toMatchObject({ status: 422 })
  expect(
    await post(
      Array.from({ length: 101 }, () => event()),
      batch,
    ),
  ).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('up to 100') },
  })
})

test.each([
  [[event()], structured],
  ['text', structured],
  [null, structured],
  [event({ data_base64: 'AAAA', data: undefined }), structured],
  [event({ specversion: '0.2' }), structured],
  [{ type: 'a' }, {}],
  [[], {}],
  [null, {}],
])('what is no event is refused: %j', async (given, headers) => {
  const refused = await post(given, headers)
  expect(refused.status).toBe(422)
  expect(refused.body.errors.length).toBeGreaterThan(0)
})

test('another kind of body is refused, and so is who may send none', async () => {
  expect((await post('', { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await post(event(), structured, memberPrincipal(tenant, 'dora', { role: 'viewer' }))).status).toBe(403)
})

test('an event of one tenant starts nothing of another', async () => {
  const other = await createTestTenant(api.database)
  expect(await post(event(), structured, memberPrincipal(other))).toMatchObject({
    body: { started: [], duplicate: false },
  })
})

test('old receipts are pruned, so many at a time; young ones stay', async () => {
  const lone = await createTestTenant(api.database)
  const count = async () => {
    const { rows } = await api.database.engine.query('select 1 from event_receipts where tenant_id = $1', [lone.id])
    return rows.length
  }
  for (const id of ['a', 'b', 'c']) await post(event({ id }), structured, memberPrincipal(lone))
  await api.database.engine.query(
    `update event_receipts set received_at = 'epoch' where tenant_id = $1 and event_id <> 'c'`,
    [lone.id],
  )
  expect(await pruneEventReceipts(api.database.engine, new Date(1000), 1)).toBe(1)
  expect(await pruneEventReceipts(api.database.engine, new Date(1000), 100)).toBe(1)
  expect(await count()).toBe(1)
})
