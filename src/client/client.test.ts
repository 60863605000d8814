import { expect, test } from 'vitest'
import { hangUp, json, problem, startLocalServer } from '../../tests/client/local-server.test-kit.ts'
import { createClient } from './client.ts'
import { paginate } from './pages.ts'
import { ConnectionError, ProblemError } from './problem-error.ts'

const key = 'cs_test_1234'
const started = json(201, { id: 'e1', workflow: 'a', created_at: '' })
const start = { body: { workflow: 'a' } }
const soon = { 'retry-after': '0' }

const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )

test('a call sends the key and the parameters, and resolves with the answer and its headers', async () => {
  const server = await startLocalServer(json(200, { name: 'a b' }, { etag: '"1"' }))
  const client = createClient({ url: `${server.url}/`, key })
  const { data, response } = await client.GET('/workflows/{name}', { params: { path: { name: 'a b' } } })
  expect([data, response.headers.get('etag')]).toEqual([{ name: 'a b' }, '"1"'])
  expect(server.received).toMatchObject([
    { method: 'GET', url: '/api/v1/workflows/a%20b', headers: { authorization: `Bearer ${key}` } },
  ])
})

test('an answer without a body is undefined', async () => {
  const server = await startLocalServer((response) => response.writeHead(204).end())
  const { data } = await createClient(server).DELETE('/workflows/{name}', { params: { path: { name: 'a' } } })
  expect(data).toBeUndefined()
  expect(server.received[0]?.headers.authorization).toBeUndefined()
})

test('a problem is thrown with all that is wrong', async () => {
  const errors = [
    { code: 'schema', message: 'One.', hint: 'Do this.', pointer: '/a', line: 1, column: 2 },
    { code: 'schema', message: 'Two.' },
    'nonsense',
    { code: 1 },
  ]
  const body = { status: 422, code: 'schema', detail: 'One.', errors }
  const server = await startLocalServer(json(422, body, { 'x-request-id': 'r1' }))
  const error = await failureOf(createClient(server).POST('/workflows', { body: 'name: a' }))
  expect(error).toBeInstanceOf(ProblemError)
  expect(error).toMatchObject({ message: 'One.', code: 'schema', status: 422, requestId: 'r1', hint: 'Do this.' })
  expect(error).toHaveProperty('errors', errors.slice(0, 2))
})

test.each(['<html>Bad gateway</html>', '"text"', '{"code":1}'])(
  'what is no problem body is said to be none: %s',
  async (body) => {
    const server = await startLocalServer((response) => response.writeHead(500).end(body))
    expect(await failureOf(createClient(server).GET('/me'))).toMatchObject({
      code: 'unreadable',
      status: 500,
      errors: [],
    })
  },
)

test('a POST that takes a key keeps it over lost connections, 503 and 429', async () => {
  const server = await startLocalServer(
    hangUp,
    problem(503, 'unavailable', soon),
    problem(429, 'rate_limited', soon),
    problem(502, 'unreadable', { 'retry-after': new Date(0).toUTCString() }),
    started,
  )
  expect((await createClient(server).POST('/executions', start)).data.id).toBe('e1')
  const keys = server.received.map(({ headers }) => headers['idempotency-key'])
  expect(keys).toHaveLength(5)
  expect(new Set(keys).size).toBe(1)
  expect(server.received.map(({ body }) => body)).toEqual(Array.from({ length: 5 }, () => '{"workflow":"a"}'))
})

test('two calls have two keys, and the caller’s own is taken', async () => {
  const server = await startLocalServer(started)
  const client = createClient(server)
  await client.POST('/executions', start)
  await client.POST('/executions', start)
  await client.POST('/executions', { ...start, params: { header: { 'Idempotency-Key': 'mine' } } })
  const [one, two, three] = server.received.map(({ headers }) => headers['idempotency-key'])
  expect(one).toMatch(/^[0-9a-f]{32}$/)
  expect(two).not.toBe(one)
  expect(three).toBe('mine')
})

test('what could be done twice is not sent again, but for a request over the limit', async () => {
  const path = { params: { path: { name: 'a' } } }
  const lost = await startLocalServer(hangUp)
  expect(await failureOf(createClient(lost).POST('/workflows/{name}/activate', path))).toBeInstanceOf(ConnectionError)
  const busy = await startLocalServer(problem(503, 'unavailable', soon))
  expect(await failureOf(createClient(busy).DELETE('/workflows/{name}', path))).toMatchObject({ status: 503 })
  expect([lost.received.length, busy.received.length]).toEqual([1, 1])
  const limited = await startLocalServer(problem(429, 'rate_limited', soon), json(200, {}))
  await createClient(limited).POST('/workflows/{name}/activate', path)
  expect(limited.received).toHaveLength(2)
})

test('retries are bounded, and so is what a server may ask to wait', async () => {
  const down = await startLocalServer(problem(503, 'unavailable', soon))
  expect(await failureOf(createClient({ ...down, retries: 2 }).GET('/me'))).toMatchObject({ code: 'unavailable' })
  expect(down.received).toHaveLength(3)
  const patient = await startLocalServer(problem(429, 'rate_limited', { 'retry-after': '3600' }))
  expect(await failureOf(createClient(patient).GET('/me'))).toMatchObject({ status: 429 })
  expect(patient.received).toHaveLength(1)
  const gone = await startLocalServer(hangUp)
  const error = await failureOf(createClient({ ...gone, retries: 1 }).GET('/me'))
  expect(error).toMatchObject({
    name: 'ConnectionError',
    message: expect.stringContaining(`${gone.url} cannot be reached: `),
  })
  expect(gone.received).toHaveLength(2)
})

test('a server that does not answer is given up', async () => {
  const server = await startLocalServer(() => undefined)
  const error = await failureOf(createClient({ ...server, timeoutMs: 20, retries: 1 }).GET('/me'))
  expect(error).toMatchObject({
    name: 'ConnectionError',
    message: expect.stringContaining('it took longer than 0.02 s'),
  })
  expect(server.received).toHaveLength(2)
})

test('an address where nobody listens is named, with the reason', async () => {
  const error = await failureOf(createClient({ url: 'http://127.0.0.1:1', retries: 0 }).GET('/me'))
  expect(error).toHaveProperty('message', expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 cannot be reached: .+\.$/))
})

test('a caller who gives up gets their own reason, also between two tries', async () => {
  const reason = new Error('enough')
  const during = new AbortController()
  const silent = await startLocalServer(() => during.abort(reason))
  expect(await failureOf(createClient(silent).GET('/me', { signal: during.signal }))).toBe(reason)
  const between = new AbortController()
  const busy = await startLocalServer((response) => {
    problem(503, 'unavailable', { 'retry-after': '10' })(response)
    response.once('close', () => between.abort(reason))
  })
  expect(await failureOf(createClient(busy).GET('/me', { signal: between.signal }))).toBe(reason)
  expect([silent.received.length, busy.received.length]).toEqual([1, 1])
})

test('pages are walked through to the last item', async () => {
  const items = Array.from({ length: 5 }, (_, index) => ({ name: `w${index}` }))
  const server = await startLocalServer((response, { url }) => {
    const { searchParams } = new URL(url, 'http://localhost')
    const [limit, offset] = ['limit', 'offset'].map((name) => Number(searchParams.get(name)))
    json(200, { items: items.slice(offset, (offset ?? 0) + (limit ?? 0)) })(response)
  })
  const client = createClient(server)
  const names = async (limit?: number): Promise<string[]> => {
    const found: string[] = []
    const read = (page: { limit: number; offset: number }) => client.GET('/workflows', { params: { query: page } })
    for await (const { name } of paginate(read, limit)) found.push(name)
    return found
  }
  expect(await names(2)).toEqual(['w0', 'w1', 'w2', 'w3', 'w4'])
  expect(server.received).toHaveLength(3)
  expect(await names()).toHaveLength(5)
})
