import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { failed, ok } from '../kernel/problem.ts'
import { createReadiness, type ReadinessParts } from './health.ts'
import type { HookReceivers } from './hooks.ts'
import { createServer, listenProblem } from './server.ts'

let app: FastifyInstance | undefined
afterEach(async () => {
  await app?.close()
})

/** An API that nobody gets into. */
const closed = {
  url: () => 'http://127.0.0.1:4000',
  version: '0.0.0',
  email: 'ops@acme.example',
  mostPerMinute: 0,
  parts: () => undefined,
  people: () => undefined,
  authenticate: async () => failed({ code: 'unauthenticated', message: 'Sign in.' }),
}

interface Heard {
  readonly token: string
  readonly body: unknown
  readonly id?: string | undefined
}

async function open(given: Partial<HookReceivers> = {}, reasons: readonly string[] = []) {
  const heard: Heard[] = []
  const logged: string[] = []
  const server = await createServer({
    ...closed,
    readiness: async () => reasons,
    report: (level, message, detail) => void logged.push(`${level} ${message} ${JSON.stringify(detail)}`),
    receivers: {
      webhook: async (token, headers, body) => {
        const read = body.read()
        if (!read.ok) return read
        heard.push({ token, body: read.value, id: headers['webhook-id'] })
        return ok({ outcome: 'started', executionId: 'e1' })
      },
      callback: async (token, body) => {
        heard.push({ token, body })
        return ok(undefined)
      },
      ...given,
    },
  })
  app = server
  const post = (url: string, payload: string, headers: Record<string, string> = {}) =>
    server.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } })
  return { server, heard, logged, post }
}

test('the process is healthy as long as it answers', async () => {
  const answer = await (await open()).server.inject('/health')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({ status: 'ok' })
  expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
})

test('it is ready when nothing stands in the way, and says what does otherwise', async () => {
  expect((await (await open()).server.inject('/ready')).json()).toEqual({ status: 'ready' })
  const answer = await (await open({}, ['The database does not answer.'])).server.inject('/ready')
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toEqual({ status: 'not ready', reasons: ['The database does not answer.'] })
})

test('a webhook is handed on with its headers, and answers with what it started', async () => {
  const { post, heard } = await open()
  const answer = await post('/hooks/abc', '{"a":1}', { 'Webhook-Id': 'w1' })
  expect(answer.statusCode).toBe(202)
  expect(answer.json()).toEqual({ outcome: 'started', execution_id: 'e1' })
  expect(heard).toEqual([{ token: 'abc', body: { a: 1 }, id: 'w1' }])
  const bare = await open({ webhook: async () => ok({ outcome: 'no_match' }) })
  const unmatched = await bare.server.inject({
    method: 'POST',
    url: '/hooks/abc',
    headers: { 'set-cookie': ['a=1', 'b=2'] },
  })
  expect(unmatched.json()).toEqual({ outcome: 'no_match' })
})

test('a callback is handed on, with a long token and also without a body', async () => {
  const { server, heard, post } = await open()
  const token = `${'t'.repeat(200)}.${'m'.repeat(22)}`
  expect((await post(`/callbacks/${token}`, '')).json()).toEqual({ outcome: 'accepted' })
  expect((await server.inject({ method: 'POST', url: '/callbacks/x' })).statusCode).toBe(202)
  expect(heard).toEqual([
    { token, body: null },
    { token: 'x', body: null },
  ])
})

test('what the house refuses is a problem body with every problem', async () => {
  const problems = [
    { code: 'invalid_input', message: 'The input `a` is missing.', pointer: '/a' },
    { code: 'invalid_input', message: 'The input `b` is missing.', pointer: '/b' },
  ] as const
  const answer = await (await open({ webhook: async () => failed(...problems) })).post('/hooks/abc', '{}')
  expect(answer.statusCode).toBe(422)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.json()).toEqual({
    type: 'urn:countersign:problem:invalid_input',
    title: 'An input does not fit',
    status: 422,
    detail: 'The input `a` is missing.',
    code: 'invalid_input',
    errors: problems,
  })
})

test('what may work later says when to try again', async () => {
  const { post } = await open({ callback: async () => failed({ code: 'unavailable', message: 'Later.' }) })
  const answer = await post('/callbacks/abc', '{}')
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['retry-after']).toBe('1')
})

test.each([
  ['{"a":', 400, 'malformed_request', 'not JSON'],
  ['{"__proto__":{"a":1}}', 400, 'malformed_request', '"__proto__" is not allowed'],
  ['{"a":[{"constructor":1}]}', 400, 'malformed_request', '/a/0/constructor'],
  [`"${'x'.repeat(1_000_001)}"`, 413, 'payload_too_large', '1 MB'],
])('a body that cannot be taken is refused with the reason (%#)', async (body, status, code, said) => {
  const { post, heard } = await open()
  const answer = await post('/hooks/abc', body)
  expect(answer.statusCode).toBe(status)
  expect(answer.json()).toMatchObject({ code, detail: expect.stringContaining(said) })
  expect(heard).toEqual([])
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
  'a body of type %s is refused',
  async (type) => {
    const answer = await (await open()).post('/hooks/abc', 'a=1', { 'content-type': type })
    expect(answer.statusCode).toBe(415)
    expect(answer.json()).toMatchObject({ code: 'unsupported_media_type' })
  },
)

test('an address that does not exist is a problem body too', async () => {
  const { server } = await open()
  for (const [method, url] of [
    ['GET', '/nothing?secret=1'],
    ['GET', '/hooks/abc'],
    ['POST', '/events'],
  ] as const) {
    const answer = await server.inject({ method, url })
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({
      code: 'not_found',
      detail: `There is nothing at ${method} ${url.split('?', 1)[0]}.`,
    })
  }
})

test.each([
  ['half an escape', '/api/v1/workflows/%e0%a4', 400, 'malformed_request'],
  ['a name that is longer than any', `/api/v1/workflows/${'x'.repeat(2000)}`, 404, 'not_found'],
  ['a file beside those of the reference', '/docs/static/%2e%2e/%2e%2e/package.json', 404, 'not_found'],
])('%s in an address is a problem body too, and none of ours', async (_, url, status, code) => {
  const { server, logged } = await open()
  const answer = await server.inject({ url })
  expect([answer.statusCode, answer.json().code, answer.headers['content-type']]).toEqual([
    status,
    code,
    'application/problem+json; charset=utf-8',
  ])
  expect(logged.join('')).not.toContain('error')
})

test('a webhook that is compressed is refused', async () => {
  const { post, heard } = await open()
  expect((await post('/hooks/t', '{}', { 'content-encoding': 'br' })).statusCode).toBe(415)
  expect(heard).toEqual([])
})

test('an error of ours tells the caller nothing but where the log names it', async () => {
  const broken = async () => {
    throw new Error('column "salary" of tenant acme')
  }
  const { post, logged } = await open({ webhook: broken })
  const answer = await post('/hooks/top-secret-token', '{}')
  expect(answer.statusCode).toBe(500)
  expect(answer.body).not.toContain('salary')
  expect(logged.join('\n')).toContain('salary')
  expect(answer.body).toContain(String(answer.headers['x-request-id']))
  expect(logged.join('\n')).not.toContain('top-secret-token')
})

test('a refusal without a problem, and an error that is none, are errors of ours too', async () => {
  const { post } = await open({
    webhook: async () => failed(),
    callback: () => Promise.reject('text'), // oxlint-disable-line typescript/prefer-promise-reject-errors -- what a library may do
  })
  expect((await post('/hooks/abc', '{}')).json()).toMatchObject({ code: 'internal', status: 500 })
  expect((await post('/callbacks/abc', '{}')).json()).toMatchObject({ code: 'internal', status: 500 })
})

const sound: ReadinessParts = {
  now: () => 100_000,
  ping: async () => undefined,
  pingTimeoutMs: 5000,
  worker: () => ({ lastClaimAt: 99_000, isFull: false }),
  claimSilenceMs: () => 5000,
}

test('ready means that the database answers and the worker has lately looked for work', async () => {
  expect(await createReadiness(sound)()).toEqual([])
})

test.each<[string, Partial<ReadinessParts>]>([
  ['The database does not answer: gone.', { ping: () => Promise.reject(new Error('gone')) }],
  ['The database has not answered for 1 ms.', { pingTimeoutMs: 1, ping: () => new Promise(() => undefined) }],
  ['The engine is not started.', { worker: () => undefined }],
  ['The worker has not looked for executions yet.', { worker: () => ({ lastClaimAt: undefined, isFull: false }) }],
  ['The worker has not looked for executions for 60 s.', { worker: () => ({ lastClaimAt: 40_000, isFull: false }) }],
])('not ready: %s', async (reason, parts) => {
  expect(await createReadiness({ ...sound, ...parts })()).toEqual([reason])
})

test('a worker whose hands are full is ready although it looks for nothing more', async () => {
  expect(await createReadiness({ ...sound, worker: () => ({ lastClaimAt: 0, isFull: true }) })()).toEqual([])
})

test.each([
  ['EADDRINUSE', 'Port 4000 on 127.0.0.1 is in use.'],
  ['EACCES', 'may not be opened by this user'],
  ['EADDRNOTAVAIL', '127.0.0.1 is no address of this machine.'],
])('why it cannot listen (%s) is one sentence with the remedy', (code, said) => {
  expect(listenProblem(Object.assign(new Error(code), { code }), '127.0.0.1', 4000)).toContain(said)
})

test('an error of another kind is left to others', () => {
  expect(listenProblem(new Error('no'), '127.0.0.1', 4000)).toBeUndefined()
})
