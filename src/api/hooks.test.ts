// What posts from outside promise: a webhook's body arrives byte for byte and unread, a callback's as JSON, nothing else at all.
// cspell:ignore xapplication

import { fastify, type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { failed, ok } from '../kernel/problem.ts'
import { readBodies } from './body.ts'
import { addHooks, type HookReceivers } from './hooks.ts'
import { answerWithProblems } from './problem-reply.ts'

let app: FastifyInstance | undefined
afterEach(async () => {
  await app?.close()
})

interface Heard {
  readonly token: string
  readonly raw?: string
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function open(given: Partial<HookReceivers> = {}) {
  const heard: Heard[] = []
  const server = fastify({ bodyLimit: 1000 })
  app = server
  readBodies(server, [])
  answerWithProblems(server, () => {})
  server.post('/other', async ({ body }) => ({ body }))
  addHooks(server, {
    webhook: async (token, headers, body) => {
      const read = body.read()
      if (!read.ok) return read
      heard.push({ token, headers, raw: Buffer.from(body.raw).toString(), body: read.value })
      return ok({ outcome: 'started', executionId: 'e1' })
    },
    callback: async (token, body) => {
      heard.push({ token, body })
      return ok(undefined)
    },
    ...given,
  })
  const post = (
    url: string,
    payload: string | Buffer,
    type = 'application/json',
    headers: Record<string, string> = {},
  ) => server.inject({ method: 'POST', url, payload, headers: { 'content-type': type, ...headers } })
  return { server, heard, post }
}

test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/cloudevents+json'])(
  'a webhook of type %s arrives byte for byte, with its headers',
  async (type) => {
    const { post, heard } = open()
    const raw = '{ "b": 1,\n"a": [1.0] }'
    const answer = await post('/hooks/abc', raw, type, { 'Webhook-Id': 'w1' })
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({ outcome: 'started', execution_id: 'e1' })
    expect(heard).toEqual([
      { token: 'abc', raw, body: { b: 1, a: [1] }, headers: expect.objectContaining({ 'webhook-id': 'w1' }) },
    ])
  },
)

test('a webhook is handed on before anybody has read its body', async () => {
  const { post } = open({ webhook: async () => failed({ code: 'signature_refused', message: 'No.' }) })
  for (const body of ['{"a":', '{"__proto__":1}']) {
    const answer = await post('/hooks/abc', body)
    expect(answer.statusCode).toBe(401)
    expect(answer.json()).toMatchObject({ code: 'signature_refused', detail: 'No.' })
  }
})

test('a webhook and a callback may have no body', async () => {
  const { server, heard } = open()
  expect((await server.inject({ method: 'POST', url: '/hooks/abc' })).statusCode).toBe(202)
  expect((await server.inject({ method: 'POST', url: '/callbacks/abc' })).statusCode).toBe(202)
  expect(heard).toMatchObject([{ raw: '', body: null }, { body: null }])
})

test.each([
  ['{"a":', 'not JSON'],
  ['{"__proto__":{"a":1}}', '"__proto__" is not allowed'],
  ['{"a":[{"constructor":1}]}', '/a/0/constructor'],
])('a body that cannot be read is refused with the reason: %s', async (body, said) => {
  const { post, heard } = open()
  for (const url of ['/hooks/abc', '/callbacks/abc']) {
    const answer = await post(url, body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'malformed_request', detail: expect.stringContaining(said) })
  }
  expect(heard).toEqual([])
})

test('a body that is too large is refused', async () => {
  expect((await open().post('/hooks/abc', `"${'x'.repeat(1000)}"`)).statusCode).toBe(413)
})

test('a form is refused with what to choose instead', async () => {
  const answer = await open().post('/hooks/abc', 'payload=%7B%7D', 'application/x-www-form-urlencoded')
  expect(answer.statusCode).toBe(415)
  expect(answer.json().errors[0]).toMatchObject({
    message: expect.stringContaining('form'),
    hint: expect.stringContaining('application/json'),
  })
})

test.each([
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/jsonp',
  'xapplication/json',
])('a body of type %s is refused', async (type) => {
  const { post, heard } = open()
  expect((await post('/hooks/abc', '{}', type)).statusCode).toBe(415)
  expect(heard).toEqual([])
})

test('other routes still get their bodies read', async () => {
  const answer = await open().post('/other', '{"a":1}')
  expect(answer.json()).toEqual({ body: { a: 1 } })
})

test('headers that come several times are one text', async () => {
  const { server, heard } = open()
  await server.inject({ method: 'POST', url: '/hooks/abc', headers: { 'set-cookie': ['a=1', 'b=2'] } })
  expect(heard[0]?.headers).toMatchObject({ 'set-cookie': 'a=1, b=2' })
})

test('an error that is no refusal stays an error', async () => {
  const broken = async () => {
    throw new Error('broken')
  }
  expect((await open({ webhook: broken }).post('/hooks/abc', '{}')).statusCode).toBe(500)
})
