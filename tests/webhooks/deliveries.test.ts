// What deliveries promise: what happens is told, signed, at least once, to those who listen, whatever their receivers do.

import type { ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { feedDeliveries } from '../../src/engine/deliveries/feeding.ts'
import { createHttpDoor } from '../../src/engine/doors/http-door.ts'
import { serve } from '../../src/engine/doors/local-server.test-kit.ts'
import {
  editSubscription,
  replaySubscriptionDelivery,
  rotateSubscriptionSecret,
  testSubscription,
} from '../../src/governance/subscriptions.ts'
import { ok } from '../../src/kernel/problem.ts'
import { asTenant, type Queryable } from '../../src/record/database.ts'
import { pruneDeliveries } from '../../src/record/deliveries.ts'
import { claimDeliveries, type ClaimedDelivery, recordAttempts } from '../../src/record/delivery-queue.ts'
import type { Subscription } from '../../src/record/subscriptions.ts'
import { createTestTenant, newId, openOwnDatabase, type TestTenant } from '../setup/database.ts'
import { valueOf } from '../setup/triggers.ts'
import { ana, beginFeed, createDeliveryHouse, type DeliveryHouse, type Sent } from './delivery-house.ts'

const database = await openOwnDatabase()
await beginFeed(database)
afterAll(() => database.close())

let house: DeliveryHouse
let tenant: TestTenant

beforeEach(async () => {
  house = createDeliveryHouse(database)
  tenant = await createTestTenant(database)
})

const hour = 3_600_000
const until = async <T>(look: () => Promise<T> | T): Promise<T> => vi.waitFor(look, { timeout: 30_000, interval: 20 })
const settled = (subscription: Subscription, count = 1): Promise<Sent[]> =>
  until(async () => {
    const sent = await house.sent(subscription)
    expect(sent.filter(({ status }) => status !== 'pending')).toHaveLength(count)
    return sent
  })
const tried = (subscription: Subscription, attempts: number): Promise<Sent> =>
  until(async () => {
    const [first] = await house.sent(subscription)
    if (first === undefined || first.tried.length < attempts) throw new Error('not yet')
    return first
  })
const asAna = <T>(work: (client: Queryable) => Promise<T>) => asTenant(database, tenant.id, work)
const answering = (...codes: readonly number[]) => {
  let count = 0
  return (_: unknown, response: ServerResponse) => {
    response.writeHead(codes[Math.min(count++, codes.length - 1)] ?? 200).end('thanks')
  }
}

test('what happens is posted to who listens, signed, with the same words for everybody', async () => {
  const receiver = await serve(answering(204))
  const { subscription, secret } = await house.subscribe(tenant, `${receiver.url}/hook`)
  house.run()
  const executionId = await house.happen(tenant)
  const [sent] = await settled(subscription)
  const [request] = receiver.received
  expect(request).toMatchObject({ method: 'POST', path: '/hook', headers: { 'content-type': 'application/json' } })
  const event = new Webhook(secret).verify(request?.body ?? '', textsOf(request?.headers ?? {}))
  expect(event).toEqual({
    type: 'workflow.started',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: { execution_id: executionId, workflow: 'pay', started_by: 'test' },
  })
  expect(sent).toMatchObject({
    status: 'delivered',
    executionId,
    eventId: `evt_${executionId.replaceAll('-', '')}_0`,
    tried: [{ attempt: 1, status: 204, error: null, answer: '' }],
  })
  expect(request?.headers['webhook-id']).toBe(sent?.eventId)
})

function textsOf(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

test('who listens hears of what it asked for, of its own tenant, and of nothing before', async () => {
  const receiver = await serve(answering(200))
  const other = await createTestTenant(database)
  const early = await house.happen(tenant)
  house.moveClock(3000)
  const all = await house.subscribe(tenant, `${receiver.url}/all`)
  const ends = await house.subscribe(tenant, `${receiver.url}/ends`, { eventTypes: ['workflow.completed'] })
  await house.save(tenant.id, { name: 'ship' })
  const ship = await house.subscribe(tenant, `${receiver.url}/ship`, { workflow: 'ship', eventTypes: ['workflow.*'] })
  const theirs = await house.subscribe(other, `${receiver.url}/theirs`)
  house.run()
  const pay = await house.happen(tenant, 'pay')
  await house.complete(tenant, pay)
  const shipped = await house.happen(tenant, 'ship')
  await settled(all.subscription, 3)
  await settled(ends.subscription)
  await settled(ship.subscription)
  const heard = receiver.received.map(({ path, body }) => {
    const { type, data } = JSON.parse(body)
    return `${path} ${type} ${data.execution_id}`
  })
  expect(heard.toSorted()).toEqual(
    [
      `/all workflow.started ${pay}`,
      `/all workflow.completed ${pay}`,
      `/all workflow.started ${shipped}`,
      `/ends workflow.completed ${pay}`,
      `/ship workflow.started ${shipped}`,
    ].toSorted(),
  )
  expect(heard.join()).not.toContain(early)
  expect(await house.sent(theirs.subscription)).toEqual([])
})

test('a receiver that fails is tried again later, under the same id with a signature of then, until it answers', async () => {
  const receiver = await serve(answering(500, 503, 200))
  const { subscription, secret } = await house.subscribe(tenant, receiver.url)
  house.run()
  await house.happen(tenant)
  const first = await tried(subscription, 1)
  expect(first).toMatchObject({ status: 'pending', tried: [{ status: 500, error: 'The receiver answered 500.' }] })
  expect((first.dueAt?.getTime() ?? 0) - (first.tried[0]?.at.getTime() ?? 0)).toBeGreaterThanOrEqual(5000)
  expect((await house.find(subscription)).failingSince).not.toBeNull()
  house.moveClock(6000)
  await tried(subscription, 2)
  house.moveClock(31_000)
  const [done] = await settled(subscription)
  expect(done).toMatchObject({
    status: 'delivered',
    attempts: 3,
    tried: [{}, { status: 503 }, { status: 200, answer: 'thanks' }],
  })
  await until(async () => expect((await house.find(subscription)).failingSince).toBeNull())
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3)
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1)
  const [last] = receiver.received.toReversed()
  // The library compares with the real time.
  expect(new Webhook(secret).sign(String(last?.headers['webhook-id']), timeOf(last), last?.body ?? '')).toBe(
    last?.headers['webhook-signature'],
  )
})

const timeOf = (request: { headers: Record<string, unknown> } | undefined): Date =>
  new Date(Number(request?.headers['webhook-timestamp']) * 1000)

test('after the last try it has failed, and can be replayed under its id', async () => {
  let code = 500
  const receiver = await serve((_, response) => void response.writeHead(code).end())
  const { subscription } = await house.subscribe(tenant, receiver.url)
  house.run()
  await house.happen(tenant)
  for (let attempt = 1; attempt < 8; attempt++) {
    await tried(subscription, attempt)
    house.moveClock(25 * hour)
    // Only what has not failed for five days may go on.
    await database.engine.query('update subscriptions set failing_since = null where tenant_id = $1', [tenant.id])
  }
  const [failed] = await settled(subscription)
  expect(failed).toMatchObject({ status: 'failed', attempts: 8, dueAt: null })
  code = 200
  const replayed = await asAna((client) => replaySubscriptionDelivery(house, client, ana(tenant), failed?.id ?? ''))
  expect(valueOf(replayed).status).toBe('pending')
  const [done] = await settled(subscription)
  expect(done).toMatchObject({ status: 'delivered', attempts: 9, eventId: failed?.eventId })
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
})

const notified = async () => {
  const { rows } = await database.engine.query<{ member_id: string; message: string }>(
    'select member_id, message from notifications where tenant_id = $1',
    [tenant.id],
  )
  return rows
}
const audited = async () => {
  const { rows } = await database.engine.query<{ action: string; actor_kind: string; after: unknown }>(
    'select action, actor_kind, after from audit_entries where tenant_id = $1 order by seq',
    [tenant.id],
  )
  return rows
}

test('a receiver that answers 410 is not sent anything more, and who subscribed it hears why', async () => {
  const receiver = await serve(answering(410))
  const { subscription } = await house.subscribe(tenant, receiver.url)
  const { deliveries, lines } = house.run({}, { perSubscription: 1 })
  await house.happen(tenant)
  await until(async () => expect(await house.find(subscription)).toMatchObject({ status: 'disabled' }))
  expect((await house.find(subscription)).disabledReason).toContain('410')
  expect(await notified()).toEqual([
    { member_id: tenant.members.ana.id, message: expect.stringContaining(`Nothing more is sent to ${receiver.url}`) },
  ])
  expect((await audited()).at(-1)).toMatchObject({ action: 'subscription.disabled', actor_kind: 'system' })
  expect(lines.join()).toContain('A subscription was disabled.')
  await house.happen(tenant)
  deliveries.wake()
  // Far enough from what was before it, so that it hears of one event alone.
  house.moveClock(3000)
  const witness = await house.subscribe(tenant, (await serve(answering(200))).url)
  await house.happen(tenant)
  await settled(witness.subscription)
  expect(receiver.received).toHaveLength(1)
  expect((await house.sent(subscription)).map(({ status }) => status)).toEqual(['failed'])
})

test('a receiver that has failed for five days is given up; what waits for it is dropped', async () => {
  const receiver = await serve(answering(500))
  const { subscription } = await house.subscribe(tenant, receiver.url)
  house.run()
  await house.happen(tenant)
  await tried(subscription, 1)
  house.moveClock(5 * 24 * hour)
  await until(async () => expect(await house.find(subscription)).toMatchObject({ status: 'disabled' }))
  expect((await house.find(subscription)).disabledReason).toContain('five days')
  expect((await house.sent(subscription)).map(({ status }) => status)).toEqual(['dropped'])
  expect(await notified()).toHaveLength(1)
})

describe('a receiver that', () => {
  test('hangs is left after a while and tried again', async () => {
    const receiver = await serve(() => {})
    const { subscription } = await house.subscribe(tenant, receiver.url)
    house.run({}, { timeoutMs: 50 })
    await house.happen(tenant)
    const first = await tried(subscription, 1)
    expect(first).toMatchObject({ status: 'pending', tried: [{ status: null, answer: null }] })
    expect(first.tried[0]?.error).toContain('did not answer within 50 ms')
  })

  test('redirects is not followed', async () => {
    const elsewhere = await serve(answering(200))
    const receiver = await serve((_, response) => void response.writeHead(307, { location: elsewhere.url }).end())
    const { subscription } = await house.subscribe(tenant, receiver.url)
    house.run()
    await house.happen(tenant)
    expect((await tried(subscription, 1)).tried[0]).toMatchObject({
      status: 307,
      error: expect.stringContaining('not followed'),
    })
    expect(elsewhere.received).toEqual([])
  })

  test.each([
    ['of a length it names', { 'content-length': String(50_000_000) }],
    ['without an end', {}],
  ])('answers with far too much, %s, has taken the event all the same', async (_, headers) => {
    const receiver = await serve((_request, response) => {
      response.writeHead(200, headers)
      const more = (): void => {
        while (response.writable && response.write('x'.repeat(10_000)));
        if (response.writable) response.once('drain', more)
      }
      response.on('error', () => {})
      more()
    })
    const { subscription } = await house.subscribe(tenant, receiver.url)
    house.run()
    await house.happen(tenant)
    const [sent] = await settled(subscription)
    expect(sent).toMatchObject({ status: 'delivered', tried: [{ status: 200, answer: 'x'.repeat(1024) }] })
  })

  test('stands in our own network is not called', async () => {
    const receiver = await serve(answering(200))
    const door = createHttpDoor({ allow: [], maxBytes: 1000, timeoutMs: 1000 })
    const { subscription } = await house.subscribe(tenant, receiver.url)
    house.run({ http: door.http })
    await house.happen(tenant)
    expect((await tried(subscription, 1)).tried[0]?.error).toContain('not on the public internet')
    expect(receiver.received).toEqual([])
    await door.close()
  })

  test('is not there is tried again', async () => {
    const { subscription } = await house.subscribe(tenant, 'http://127.0.0.1:1/')
    house.run()
    await house.happen(tenant)
    expect(await tried(subscription, 1)).toMatchObject({ status: 'pending', tried: [{ status: null }] })
  })
})

test('receivers that hang, of one tenant or another, hold up nobody else', async () => {
  const dead = await serve(() => {})
  const alive = await serve(answering(200))
  const other = await createTestTenant(database)
  const mine = await house.subscribe(tenant, dead.url)
  const well = await house.subscribe(tenant, alive.url)
  const theirs = await house.subscribe(other, alive.url)
  house.run({}, { most: 6, perSubscription: 2, perTenant: 4, timeoutMs: 60_000, leaseMs: 90_000 })
  for (let count = 0; count < 8; count++) await house.happen(tenant)
  for (let count = 0; count < 3; count++) await house.happen(other)
  await settled(well.subscription, 8)
  await settled(theirs.subscription, 3)
  expect(await house.sent(mine.subscription)).toHaveLength(8)
  // Two at once, and no more while those have not come back.
  expect(dead.received).toHaveLength(2)
})

test('while a secret replaces another, what is sent bears both signatures, and then one', async () => {
  const receiver = await serve(answering(200))
  const { subscription, secret: before } = await house.subscribe(tenant, receiver.url)
  const rotated = await asAna((client) => rotateSubscriptionSecret(house, client, ana(tenant), subscription.id))
  const { secret: after } = valueOf(rotated)
  house.run()
  await house.happen(tenant)
  await settled(subscription)
  const [both] = receiver.received
  expect(String(both?.headers['webhook-signature']).split(' ')).toHaveLength(2)
  for (const secret of [before, after]) {
    expect(() => new Webhook(secret).verify(both?.body ?? '', textsOf(both?.headers ?? {}))).not.toThrow()
  }
  house.moveClock(24 * hour)
  await house.happen(tenant)
  await settled(subscription, 2)
  const [, one] = receiver.received
  expect(new Webhook(after).sign(String(one?.headers['webhook-id']), timeOf(one), one?.body ?? '')).toBe(
    one?.headers['webhook-signature'],
  )
})

test('a ping is tried once, whatever the subscription hears of', async () => {
  const receiver = await serve(answering(500))
  const { subscription } = await house.subscribe(tenant, receiver.url, { eventTypes: ['workflow.failed'] })
  house.run()
  const { deliveryId } = valueOf(await asAna((client) => testSubscription(house, client, ana(tenant), subscription.id)))
  const [sent] = await settled(subscription)
  expect(sent).toMatchObject({ id: deliveryId, type: 'webhook.ping', status: 'failed', attempts: 1 })
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ data: { subscription_id: subscription.id } })
})

test('disabling drops what waits; what happens meanwhile is not told afterwards', async () => {
  const receiver = await serve(answering(500, 200))
  const { subscription } = await house.subscribe(tenant, receiver.url)
  house.run()
  await house.happen(tenant)
  await tried(subscription, 1)
  const set = (status: 'active' | 'disabled') =>
    asAna((client) =>
      editSubscription(house, client, ana(tenant), {
        id: subscription.id,
        change: { status },
        precondition: () => ok(undefined),
      }),
    )
  valueOf(await set('disabled'))
  // Far enough from what was before it, so that it hears of one event alone.
  house.moveClock(3000)
  const witness = await house.subscribe(tenant, (await serve(answering(200))).url)
  await house.happen(tenant)
  await settled(witness.subscription)
  expect(valueOf(await set('active'))).toMatchObject({ status: 'active', failingSince: null })
  const last = await house.happen(tenant)
  await settled(subscription, 2)
  expect((await house.sent(subscription)).map(({ status, executionId }) => [status, executionId === last])).toEqual([
    ['dropped', false],
    ['delivered', true],
  ])
})

test('two loops send each event once between them', async () => {
  const receiver = await serve(answering(200))
  const { subscription } = await house.subscribe(tenant, receiver.url)
  house.run()
  house.run()
  for (let count = 0; count < 20; count++) await house.happen(tenant)
  await settled(subscription, 20)
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(20)
  expect(receiver.received).toHaveLength(20)
})

test('a loop that stops lets what is under way end, and its result is kept', async () => {
  const arrived = Promise.withResolvers<ServerResponse>()
  const receiver = await serve((_, response) => arrived.resolve(response))
  const { subscription } = await house.subscribe(tenant, receiver.url)
  const { deliveries } = house.run()
  await house.happen(tenant)
  const response = await arrived.promise
  const stopped = deliveries.stop(20_000)
  response.writeHead(200).end()
  await stopped
  expect(await house.sent(subscription)).toMatchObject([{ status: 'delivered' }])
})

test('what was cut off by the end of a loop is sent again by the next, once its lease is over', async () => {
  const arrived = Promise.withResolvers<void>()
  let isFirst = true
  const receiver = await serve((_, response) => {
    if (!isFirst) return void response.writeHead(200).end()
    isFirst = false
    arrived.resolve()
  })
  const { subscription } = await house.subscribe(tenant, receiver.url)
  const { deliveries } = house.run()
  await house.happen(tenant)
  await arrived.promise
  await deliveries.stop(0)
  expect(await house.sent(subscription)).toMatchObject([{ status: 'pending', tried: [] }])
  house.run()
  house.moveClock(31_000)
  const [sent] = await settled(subscription)
  expect(sent).toMatchObject({ status: 'delivered', attempts: 1 })
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
})

test('what was settled long ago is pruned, so many at a time, with its attempts', async () => {
  const receiver = await serve(answering(200))
  const { subscription } = await house.subscribe(tenant, receiver.url)
  house.run()
  for (let count = 0; count < 3; count++) await house.happen(tenant)
  await settled(subscription, 3)
  expect(await pruneDeliveries(database.engine, new Date(house.now() - hour), 100)).toBe(0)
  await pruneDeliveries(database.engine, new Date(house.now() + hour), 2)
  expect((await house.sent(subscription)).length).toBeLessThan(4)
  while ((await pruneDeliveries(database.engine, new Date(house.now() + hour), 2)) > 0);
  expect(await house.sent(subscription)).toEqual([])
  const { rows } = await database.engine.query('select 1 from delivery_attempts where tenant_id = $1', [tenant.id])
  expect(rows).toEqual([])
})

test('what came of an attempt counts only for who still holds the delivery', async () => {
  const { subscription } = await house.subscribe(tenant, 'https://example.com')
  await house.happen(tenant)
  await until(async () => {
    await feedDeliveries(house, true)
    expect(await house.sent(subscription)).toHaveLength(1)
  })
  const claim = async (lease: string, ms: number): Promise<ClaimedDelivery[]> => {
    const at = new Date(house.now() + ms)
    const leaseUntil = new Date(at.getTime() + 1000)
    const bounds = { most: 100, perSubscription: 4, perTenant: 4 }
    const claimed = await claimDeliveries(database.engine, { lease, now: at, leaseUntil, ...bounds })
    return claimed.filter(({ tenantId }) => tenantId === tenant.id)
  }
  const record = (claimed: readonly ClaimedDelivery[]) => {
    const at = new Date(house.now())
    const answer = { at, ms: 1, code: 200, answer: '', error: null } as const
    return recordAttempts(
      database.engine,
      claimed.map((one) => ({ ...one, ...answer, status: 'delivered', dueAt: null, settledAt: at }) as const),
    )
  }
  const first = await claim(newId(), 0)
  expect(first).toHaveLength(1)
  expect(await claim(newId(), 500)).toEqual([])
  const second = await claim(newId(), 2000)
  expect(second).toHaveLength(1)
  await record(first)
  expect(await house.sent(subscription)).toMatchObject([{ status: 'pending', tried: [] }])
  await record(second)
  await record(second)
  expect(await house.sent(subscription)).toMatchObject([{ status: 'delivered', attempts: 1 }])
})
