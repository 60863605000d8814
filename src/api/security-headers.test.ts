// What the server promises browsers, and what it refuses: over real connections, since that is where it is refused.

import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { fastify, type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { addSecurityHeaders, limitConnections, serverLimits } from './security-headers.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

async function serve(url: string, limits: object = {}): Promise<{ app: FastifyInstance; port: number }> {
  const app = fastify({ ...serverLimits, ...limits, forceCloseConnections: true })
  apps.push(app)
  await addSecurityHeaders(app, { url })
  limitConnections(app)
  app.post('/', () => ({}))
  app.get('/', () => ({}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, port: portOf(app.server.address()) }
}

/** Sends bytes as they are, and returns what came until the server closed the connection. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return answer
}

test('every answer, also that there is nothing, tells browsers what they may do', async () => {
  const { app } = await serve('http://127.0.0.1:4000')
  for (const path of ['/', '/nowhere']) {
    const { headers } = await app.inject({ url: path })
    expect(headers['content-security-policy']).toContain("script-src 'self';")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toMatch(/unsafe-eval|upgrade-insecure|https:|\*/)
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
    expect(headers).not.toHaveProperty('strict-transport-security')
  }
})

test('browsers are told to insist on TLS where the public address has it', async () => {
  const { app } = await serve('https://flows.example')
  expect((await app.inject({ url: '/' })).headers['strict-transport-security']).toBe('max-age=31536000')
})

test('headers that are too large are refused with a problem', async () => {
  const { port } = await serve('http://127.0.0.1')
  const answer = await exchange(port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  expect(answer).toContain('application/problem+json')
  expect(answer).toContain('The headers are larger than 16 kB.')
})

test('what is no HTTP is answered with a problem', async () => {
  const { port } = await serve('http://127.0.0.1')
  expect(await exchange(port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed_request"/)
})

test('an expectation that nobody fulfils is refused with a problem', async () => {
  const { port } = await serve('http://127.0.0.1')
  const answer = await exchange(
    port,
    'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: the-unexpected\r\n\r\n',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 417 [^]*"code":"malformed_request"/)
})

test('a body that is too large is refused before it is read', async () => {
  const { port } = await serve('http://127.0.0.1')
  const head = `POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n`
  expect(await exchange(port, `${head}content-length: 1000001\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 413 /)
})

test('who sends headers or a body too slowly loses the connection', async () => {
  const quick = {
    http: { ...serverLimits.http, headersTimeout: 100, connectionsCheckingInterval: 20 },
    requestTimeout: 200,
  }
  const { port } = await serve('http://127.0.0.1', quick)
  expect(await exchange(port, 'GET / HTTP/1.1\r\nhost: a\r\nx-slow: ')).toMatch(/^HTTP\/1\.1 408 /)
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n'
  expect(await exchange(port, `${head}{`)).toMatch(/^HTTP\/1\.1 408 /)
  expect(serverLimits).toMatchObject({ requestTimeout: 30_000, http: { headersTimeout: 10_000 } })
})

test('connections beyond the limit are closed, and the others served', async () => {
  const { app, port } = await serve('http://127.0.0.1')
  expect(app.server.maxConnections).toBe(10_000)
  app.server.maxConnections = 1
  const first = connect(port, '127.0.0.1')
  await once(first, 'connect')
  expect(await exchange(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')).toBe('')
  first.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  const [answer] = await once(first, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /)
  first.destroy()
})

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0
}
