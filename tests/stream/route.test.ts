// The route of the stream: what it refuses before it takes the connection, and where it goes on.

import { afterAll, expect, test } from 'vitest'
import { fastify } from 'fastify'
import { replyProblems } from '../../src/api/problem-reply.ts'
import { StreamHub } from '../../src/api/stream/hub.ts'
import { streamRoutes } from '../../src/api/stream/route.ts'
import { createStreamParts } from '../../src/api/stream/still-allowed.ts'
import { failed, ok } from '../../src/kernel/problem.ts'
import { asTenant } from '../../src/record/database.ts'
import { append } from '../../src/record/append.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { caughtUp, createTestTenant, newId, openOwnDatabase } from '../setup/database.ts'
import { newExecution, startWorker } from '../setup/executions.ts'
import { StreamClient } from './stream-server.ts'

const database = await openOwnDatabase()
const worker = await startWorker(database)
const hub = new StreamHub({ database, report: () => {}, limits: { process: 2 } })
const { id: tenantId } = await createTestTenant(database)
const actor = {
  tenantId,
  kind: 'member',
  id: 'ana',
  name: 'Ana',
  channel: 'api',
  address: null,
  requestId: null,
} as const
const principal = { ...actor, role: 'builder', via: { kind: 'session', id: 's' } } as const
const stream = createStreamParts(hub, async () => ok(principal))

const app = fastify()
app.get('/stream', async (request, reply) => {
  const [route] = streamRoutes
  const given = { params: {}, query: request.query, body: undefined }
  const result = await asTenant(database, tenantId, async (db) =>
    route?.run(given, Object({ principal, db, parts: { stream }, request: {}, raw: { request, reply } })),
  )
  return result?.ok === false ? replyProblems(reply, result.problems) : reply
})
app.addHook('preClose', async () => hub.close())
await app.listen({ port: 0, host: '127.0.0.1' })
const address = app.server.address()
const port = typeof address === 'object' ? (address?.port ?? 0) : 0
afterAll(async () => {
  await app.close()
  await database.close()
})

async function start(tenant: string): Promise<string> {
  const execution = newExecution(tenant, { createdAt: new Date() })
  await startExecutions(database.engine, [execution])
  await caughtUp(database.engine)
  return execution.id
}

const open = async (query: Record<string, string>): Promise<StreamClient> => new StreamClient(port, query).opened()
const codeOf = async (query: Record<string, string>): Promise<unknown> => {
  const answer = await app.inject({ url: '/stream', query })
  return answer.json<{ code: string }>().code
}

test('what cannot be read, may not be read or is not there is refused before the stream opens', async () => {
  const [foreign, own] = [await start(newId()), await start(tenantId)]
  expect(await codeOf({})).toBe('invalid_input')
  expect(await codeOf({ topics: 'executions', more: 'x' })).toBe('invalid_input')
  expect(await codeOf({ topics: 'audit' })).toBe('forbidden')
  expect(await codeOf({ topics: `execution:${foreign}` })).toBe('not_found')
  expect(await codeOf({ topics: `execution:${own},execution:${newId()}` })).toBe('not_found')
  expect(await codeOf({ topics: 'executions', last_event_id: 'x' })).toBe('malformed_request')
  expect(await codeOf({ topics: `executions,execution:${own}`, from: 'start' })).toBe('malformed_request')
  expect(await codeOf({ topics: `execution:${own}`, from: 'now' })).toBe('invalid_input')
})

test('a stream of one execution can begin at its start, and goes on where it was all the same', async () => {
  const id = await start(tenantId)
  const query = { topics: `execution:${id}`, from: 'start' }
  const first = await open(query)
  expect((await first.has(1)).map(({ event }) => event)).toEqual(['workflow.started'])
  first.close()
  const paused = { type: 'execution.paused', by: 'ana', at: Date.now() } as const
  await append(database.engine, worker, [{ tenantId, executionId: id, seq: 1, event: paused }], [], new Date())
  const second = await open({ ...query, last_event_id: first.lastId })
  expect((await second.has(1)).map(({ event }) => event)).toEqual(['workflow.paused'])
  second.close()
  while (hub.listeners > 0) await new Promise((resolve) => setImmediate(resolve))
})

test('a stream opens, goes on where it was, and one more than the process takes is refused', async () => {
  const id = await start(tenantId)
  const [first, second] = [await open({ topics: `execution:${id}` }), await open({ topics: 'executions' })]
  expect(await codeOf({ topics: 'executions' })).toBe('rate_limited')
  first.close()
  const next = await start(tenantId)
  expect((await second.has(1))[0]?.data['execution_id']).toBe(next)
  second.close()
  while (hub.listeners > 0) await new Promise((resolve) => setImmediate(resolve))
  const again = await open({ topics: 'executions', last_event_id: first.lastId })
  expect((await again.has(1))[0]?.data['execution_id']).toBe(next)
  again.close()
})

test('one may go on listening with the same role and scopes, and while nobody can tell', async () => {
  const [request] = [Object({})]
  const allowed = async (now: Parameters<typeof createStreamParts>[1]): Promise<boolean> =>
    createStreamParts(hub, now).stillAllowed(principal, request)
  expect(await allowed(async () => ok(principal))).toBe(true)
  expect(await allowed(async () => ok({ ...principal, role: 'viewer' }))).toBe(false)
  expect(await allowed(async () => ok({ ...principal, scopes: ['stream:read'] }))).toBe(false)
  expect(await allowed(async () => ok({ ...principal, tenantId: newId() }))).toBe(false)
  expect(await allowed(async () => failed({ code: 'unauthenticated', message: 'Gone.' }))).toBe(false)
  expect(await allowed(async () => failed({ code: 'unavailable', message: 'Away.' }))).toBe(true)
})
