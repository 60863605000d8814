// The stream over HTTP: who hears what, and that nothing is missed and nothing comes twice.

import { afterAll, expect, test } from 'vitest'
import { appendAudit } from '../../src/record/audit.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { append } from '../../src/record/append.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { asTenant } from '../../src/record/database.ts'
import type { JournalEvent } from '../../src/kernel/plan/journal.ts'
import { caughtUp, createTestTenant, newId, openOwnDatabase } from '../setup/database.ts'
import { newExecution, startWorker } from '../setup/executions.ts'
import { type StreamServer, StreamClient, startStreamServer } from './stream-server.ts'

const database = await openOwnDatabase()
const servers: StreamServer[] = []
const clients: StreamClient[] = []

afterAll(async () => {
  for (const client of clients) client.close()
  for (const server of servers) await server.close()
  await database.close()
})

async function serve(
  ...given: Parameters<typeof startStreamServer> extends [unknown, ...infer Rest] ? Rest : never
): Promise<StreamServer> {
  const server = await startStreamServer(database, ...given)
  servers.push(server)
  return server
}

function open(
  server: StreamServer,
  tenant: string,
  topics: string,
  query: Record<string, string> = {},
): Promise<StreamClient> {
  const client = new StreamClient(server.port, { tenant, topics, ...query })
  clients.push(client)
  return client.opened()
}

const worker = await startWorker(database)

async function start(tenantId: string): Promise<string> {
  const execution = newExecution(tenantId, { createdAt: new Date() })
  await startExecutions(database.engine, [execution])
  await caughtUp(database.engine)
  return execution.id
}

async function write(tenantId: string, executionId: string, ...events: readonly JournalEvent[]): Promise<void> {
  const entries = events.map((event, index) => ({ tenantId, executionId, seq: index + 1, event }))
  await append(database.engine, worker, entries, [], new Date())
}

const at = (): number => Date.now()
const completed = (step: string): JournalEvent => ({
  type: 'step.completed',
  step,
  attempt: 1,
  outcome: 'completed',
  output: { ok: step },
  at: at(),
})
const waiting = (step: string): JournalEvent => ({
  type: 'step.waiting',
  step,
  attempt: 1,
  wait: { on: 'approval', ref: newId() },
  at: at(),
})
const ended = (): JournalEvent => ({ type: 'execution.ended', status: 'completed', at: at() })
const names = (client: StreamClient): string[] => client.messages.map(({ event }) => event)
const tenantOf = async (): Promise<string> => (await createTestTenant(database)).id

test('a listener of executions hears when they start, wait for people and end, and not of their steps', async () => {
  const [server, tenant] = [await serve(), await tenantOf()]
  const client = await open(server, tenant, 'executions')
  const id = await start(tenant)
  await write(tenant, id, completed('a'), waiting('gate'), ended())
  await client.has(3)
  expect(names(client)).toEqual(['workflow.started', 'workflow.awaiting_approval', 'workflow.completed'])
  expect(client.messages[0]?.data).toMatchObject({ type: 'workflow.started', execution_id: id, started_by: 'test' })
})

test('who follows an execution hears of each step of it, with its output, and of no other', async () => {
  const [server, tenant] = [await serve(), await tenantOf()]
  const [mine, other] = [await start(tenant), await start(tenant)]
  const client = await open(server, tenant, `execution:${mine}`)
  await write(tenant, other, completed('x'))
  await write(tenant, mine, completed('a'), ended())
  await client.has(2)
  expect(names(client)).toEqual(['workflow.step_completed', 'workflow.completed'])
  expect(client.messages[0]?.data).toMatchObject({ step: 'a', output: { ok: 'a' }, outcome: 'completed', attempt: 1 })
})

test('two tenants that listen at once each hear their own events and nothing of the other', async () => {
  const [server, one, two] = [await serve(), await tenantOf(), await tenantOf()]
  const topics = 'executions,approvals,workflows,members,audit'
  const [first, second] = [await open(server, one, topics), await open(server, two, topics)]
  const ids = { one: new Set<unknown>(), two: new Set<unknown>() }
  for (let turn = 0; turn < 20; turn++) {
    ids.one.add(await start(one))
    ids.two.add(await start(two))
  }
  await first.has(20)
  await second.has(20)
  expect(new Set(first.messages.map(({ data }) => data['execution_id']))).toEqual(ids.one)
  expect(new Set(second.messages.map(({ data }) => data['execution_id']))).toEqual(ids.two)
  for (const { id } of [...first.messages, ...second.messages]) expect(id).not.toBe('')
})

test('who comes back with the id of the last event gets what came meanwhile, once, and then what comes', async () => {
  const [server, tenant] = [await serve(), await tenantOf()]
  const client = await open(server, tenant, 'executions')
  const before = [await start(tenant), await start(tenant)]
  const [first] = await client.has(2)
  client.close()
  const meanwhile = [await start(tenant), await start(tenant)]
  const again = await open(server, tenant, 'executions', { last_event_id: first?.id ?? '' })
  await again.has(3)
  const later = await start(tenant)
  await again.has(4)
  const heard = [first, ...again.messages].map((message) => message?.data['execution_id'])
  expect(heard.slice(0, 2).toSorted()).toEqual(before.toSorted())
  expect(heard.slice(2, 4).toSorted()).toEqual(meanwhile.toSorted())
  expect(heard[4]).toBe(later)
})

test('what the audit tells of workflows and members comes to their topics, and all of it to the audit', async () => {
  const [server, tenant] = [await serve(), await tenantOf()]
  const [all, some] = [await open(server, tenant, 'audit'), await open(server, tenant, 'workflows')]
  const object = (type: string) => ({ type, id: newId(), name: type })
  for (const type of ['workflow', 'member', 'secret'] as const) {
    await asTenant(database, tenant, (db) =>
      appendAudit(db, operatorOf(tenant), { action: `${type}.created`, object: object(type), at: new Date() }),
    )
  }
  await all.has(3)
  await some.has(1)
  expect(names(all)).toEqual(['workflow.created', 'member.created', 'secret.created'])
  expect(names(some)).toEqual(['workflow.created'])
  const again = await open(server, tenant, 'audit', { last_event_id: all.messages[0]?.id ?? '' })
  await again.has(2)
  expect(names(again)).toEqual(['member.created', 'secret.created'])
})

test('a topic that one may not read is refused by name', async () => {
  const [server, tenant] = [await serve(), await tenantOf()]
  server.roles.set('dora', 'viewer')
  expect((await open(server, tenant, 'executions,audit', { member: 'dora' })).status).toBe(403)
  expect((await open(server, tenant, 'nothing')).status).toBe(400)
  expect((await open(server, tenant, 'executions', { last_event_id: 'x' })).status).toBe(400)
})

test('a stream ends within seconds when its session ends or its role changes, and the others go on', async () => {
  const [server, tenant] = [await serve(), await tenantOf()]
  for (const member of ['ben', 'cleo']) server.roles.set(member, 'builder')
  const [ben, cleo, ana] = [
    await open(server, tenant, 'executions', { member: 'ben' }),
    await open(server, tenant, 'executions', { member: 'cleo' }),
    await open(server, tenant, 'executions'),
  ]
  server.roles.delete('ben')
  server.roles.set('cleo', 'viewer')
  await ben.until(() => ben.isEnded)
  await cleo.until(() => cleo.isEnded)
  await start(tenant)
  expect(await ana.has(1)).toHaveLength(1)
})

test('one more stream than one may have is refused, until another ends', async () => {
  const [server, tenant] = [await serve({ owner: 2, tenant: 3 }), await tenantOf()]
  server.roles.set('ben', 'builder')
  server.roles.set('cleo', 'builder')
  const [first] = [await open(server, tenant, 'executions'), await open(server, tenant, 'executions')]
  expect((await open(server, tenant, 'executions')).status).toBe(429)
  expect((await open(server, tenant, 'executions', { member: 'ben' })).status).toBe(200)
  expect((await open(server, tenant, 'executions', { member: 'cleo' })).status).toBe(429)
  first.close()
  while (server.hub.listeners > 2) await new Promise((resolve) => setImmediate(resolve))
  expect((await open(server, tenant, 'executions')).status).toBe(200)
})

test('a server that goes down ends its streams, and the next one goes on where they were', async () => {
  const [server, tenant] = [await startStreamServer(database), await tenantOf()]
  const client = await open(server, tenant, 'executions')
  await start(tenant)
  await client.has(1)
  await server.close()
  await client.until(() => client.isEnded)
  expect(server.hub.listeners).toBe(0)
  const missed = await start(tenant)
  const again = await open(await serve(), tenant, 'executions', { last_event_id: client.lastId })
  await again.has(1)
  expect(again.messages.map(({ data }) => data['execution_id'])).toEqual([missed])
})

test('a listener that takes nothing is let go, and gets the rest when it comes back', async () => {
  const [server, tenant] = [await serve(), await tenantOf()]
  const id = await start(tenant)
  const client = await open(server, tenant, `execution:${id}`)
  client.pause()
  const big = 'x'.repeat(40_000)
  let seq = 0
  const more = async (): Promise<void> => {
    const events = Array.from({ length: 20 }, (_, index): JournalEvent => ({
      type: 'step.completed',
      step: `s${index}`,
      attempt: 1,
      outcome: 'completed',
      output: big,
      at: at(),
    }))
    await append(
      database.engine,
      worker,
      events.map((event) => ({ tenantId: tenant, executionId: id, seq: ++seq, event })),
      [],
      new Date(),
    )
  }
  for (let turn = 0; turn < 60 && server.hub.listeners > 0; turn++) await more()
  while (server.hub.listeners > 0) await new Promise((resolve) => setImmediate(resolve))
  expect(server.hub.listeners).toBe(0)
  const again = await open(server, tenant, `execution:${id}`, { last_event_id: client.lastId })
  await again.has(seq)
  // Its start is told as well where others in the server held back what was written when it began to listen.
  const told = again.messages.map(({ data }) => data['id']).filter((one) => one !== `${id}/0`)
  expect(told).toEqual(Array.from({ length: seq }, (_, index) => `${id}/${index + 1}`))
})
