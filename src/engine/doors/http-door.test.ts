import { createServer } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDoor, serve } from './local-server.test-kit.ts'

const textOf = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString()

describe('a call', () => {
  it('sends method, headers and body, and gives the answer back', async () => {
    const server = await serve((_request, response) =>
      response.writeHead(201, { 'X-Reply': 'yes', 'set-cookie': ['a=1', 'b=2'], constructor: 'x' }).end('made'),
    )
    const response = await openDoor({ allow: [server.host] })({
      method: 'post',
      url: `${server.url}/a?b=1#c`,
      headers: { 'X-Ask': 'me' },
      body: 'text',
    })
    expect(server.received).toMatchObject([
      { method: 'POST', path: '/a?b=1', body: 'text', headers: { 'x-ask': 'me', 'user-agent': 'countersign' } },
    ])
    expect(response).toMatchObject({
      status: 201,
      url: `${server.url}/a?b=1`,
      headers: { 'x-reply': 'yes', 'set-cookie': 'a=1, b=2' },
    })
    expect(Object.keys(response.headers)).not.toContain('constructor')
    expect(textOf(response)).toBe('made')
  })

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
    ['GET', 200],
  ])('reads no body where there is none: %s answered by %i', async (method, status) => {
    const server = await serve((_request, response) =>
      response
        .writeHead(status, { 'content-length': method === 'HEAD' ? '999999' : '0', 'content-encoding': 'gzip' })
        .end(),
    )
    const response = await openDoor({ allow: [server.host] })({ method, url: server.url })
    expect([response.status, textOf(response)]).toEqual([status, ''])
  })

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'connection', 'upgrade', 'Proxy-Authorization'])(
    'refuses the header %s',
    async (name) => {
      await expect(openDoor()({ url: 'http://example.com/', headers: { [name]: 'x' } })).rejects.toMatchObject({
        code: 'http_refused',
        message: expect.stringContaining(name),
      })
    },
  )

  it.each([
    ['a line break in a header', { headers: { 'x-a': 'b\r\nHost: evil' } }],
    ['a line break in a header name', { headers: { 'x-a\r\nHost': 'evil' } }],
    ['a method that is none', { method: 'GET / HTTP/1.1' }],
  ])('refuses %s', async (_name, parts) => {
    await expect(openDoor()({ url: 'http://example.com/', ...parts })).rejects.toMatchObject({
      code: 'http_refused',
      retry: false,
    })
  })

  it('that nobody answers may be tried again', async () => {
    const server = await serve((request) => request.socket.destroy())
    await expect(openDoor({ allow: [server.host] })({ url: server.url })).rejects.toMatchObject({
      code: 'http_failed',
      retry: true,
    })
    await expect(openDoor({ allow: ['127.0.0.1'] })({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
      code: 'http_failed',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('that answers something else than HTTP fails', async () => {
    const port = await serveBytes('SSH-2.0-OpenSSH_9.9\r\n')
    await expect(openDoor({ allow: ['127.0.0.1'] })({ url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({
      code: 'http_failed',
    })
  })

  it('that answers with headers without end is refused', async () => {
    const port = await serveBytes(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)
    await expect(openDoor({ allow: ['127.0.0.1'] })({ url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({
      code: 'http_refused',
    })
  })
})

describe('the time limit', () => {
  it('ends a call that is never answered', async () => {
    const server = await serve(() => {})
    await expect(openDoor({ allow: [server.host] })({ url: server.url, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'http_failed',
      retry: true,
      message: expect.stringContaining('within 50 ms'),
    })
  })

  it('ends a body that comes in drop by drop, without end', async () => {
    const server = await serve((_request, response) => {
      const drip = setInterval(() => response.write('.'), 5)
      response.on('close', () => clearInterval(drip))
    })
    await expect(openDoor({ allow: [server.host], timeoutMs: 200 })({ url: server.url })).rejects.toMatchObject({
      code: 'http_failed',
      message: expect.stringContaining('within 200 ms'),
    })
  })

  it('counts the redirects in', async () => {
    const server = await serve(
      (_request, response) => void setTimeout(() => response.writeHead(302, { location: '/' }).end(), 20),
    )
    await expect(
      openDoor({ allow: [server.host] })({ url: server.url, timeoutMs: 200, maxRedirects: 1000 }),
    ).rejects.toThrow('within 200 ms')
  })

  it('does not keep a step from being stopped', async () => {
    const stop = new AbortController()
    const server = await serve(() => stop.abort())
    await expect(openDoor({ allow: [server.host] })({ url: server.url }, stop.signal)).rejects.toMatchObject({
      code: 'http_failed',
      message: expect.stringContaining('was stopped'),
    })
  })
})

describe('the size limit', () => {
  const large = 'x'.repeat(2000)

  it('refuses a body that says it is too large, before reading it', async () => {
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-length': '200000' }).write('x'),
    )
    await expect(openDoor({ allow: [server.host] })({ url: server.url })).rejects.toMatchObject({
      code: 'http_refused',
      message: expect.stringContaining('larger than 100000 bytes'),
    })
  })

  it('refuses a body that turns out too large', async () => {
    const server = await serve((_request, response) => {
      response.write(large)
      response.end(large)
    })
    await expect(openDoor({ allow: [server.host] })({ url: server.url, maxBytes: 3000 })).rejects.toMatchObject({
      code: 'http_refused',
    })
    expect(await openDoor({ allow: [server.host] })({ url: server.url, maxBytes: 4000 })).toMatchObject({ status: 200 })
  })

  it('cannot be raised by a request', async () => {
    const server = await serve((_request, response) => response.end(large))
    await expect(
      openDoor({ allow: [server.host], maxBytes: 1000 })({ url: server.url, maxBytes: 1e9 }),
    ).rejects.toMatchObject({ code: 'http_refused' })
  })

  it('counts after decompression, so that a small bomb does not pass', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    expect(bomb.length).toBeLessThan(100_000)
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    )
    await expect(openDoor({ allow: [server.host] })({ url: server.url })).rejects.toMatchObject({
      code: 'http_refused',
      message: expect.stringContaining('larger than'),
    })
  })
})

describe('a compressed body', () => {
  it.each([
    ['gzip', gzipSync('hello')],
    ['x-gzip', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['BR', brotliCompressSync('hello')],
    ['identity', Buffer.from('hello')],
    ['', Buffer.from('hello')],
  ])('is read as %s', async (encoding, body) => {
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    )
    const response = await openDoor({ allow: [server.host] })({ url: server.url })
    expect([textOf(response), response.headers]).toEqual([
      'hello',
      expect.not.objectContaining({ 'content-encoding': encoding }),
    ])
  })

  it.each([
    ['cut off', 'gzip', gzipSync('hello').subarray(0, 15), 'http_failed'],
    ['not what it says', 'gzip', Buffer.from('hello'), 'http_failed'],
    ['compressed in an unknown way', 'lzma', Buffer.from('hello'), 'http_refused'],
    ['compressed again and again', 'gzip, gzip', gzipSync(gzipSync('hello')), 'http_refused'],
  ])('fails when it is %s', async (_name, encoding, body, code) => {
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    )
    await expect(openDoor({ allow: [server.host] })({ url: server.url })).rejects.toMatchObject({ code })
  })
})

describe('a redirect', () => {
  const secrets = { authorization: 'Bearer t', cookie: 'a=1', 'x-api-key': 'k', accept: 'application/json' }

  it('is given back when it is not to be followed', async () => {
    const server = await serve((_request, response) => response.writeHead(302, { location: '/b' }).end())
    expect(await openDoor({ allow: [server.host] })({ url: server.url })).toMatchObject({
      status: 302,
      headers: { location: '/b' },
    })
  })

  it('without a location is an answer', async () => {
    const server = await serve((_request, response) => response.writeHead(302).end())
    expect(await openDoor({ allow: [server.host] })({ url: server.url, maxRedirects: 5 })).toMatchObject({
      status: 302,
    })
  })

  it('on the same origin keeps the headers', async () => {
    const server = await serve((request, response) =>
      request.url === '/b' ? response.end('there') : response.writeHead(307, { location: 'b' }).end(),
    )
    const response = await openDoor({ allow: [server.host] })({
      url: `${server.url}/a`,
      headers: secrets,
      maxRedirects: 5,
    })
    expect([textOf(response), response.url]).toEqual(['there', `${server.url}/b`])
    expect(server.received[1]?.headers).toMatchObject(secrets)
  })

  it('to another origin leaves every credential behind, whatever its name', async () => {
    const other = await serve((_request, response) => response.end('there'))
    const server = await serve((_request, response) => response.writeHead(308, { location: `${other.url}/b` }).end())
    await openDoor({ allow: ['127.0.0.1'] })({
      method: 'POST',
      url: server.url,
      headers: secrets,
      body: 'text',
      maxRedirects: 5,
    })
    expect(server.received[0]?.headers).toMatchObject(secrets)
    expect(other.received).toMatchObject([{ method: 'POST', body: 'text', headers: { accept: 'application/json' } }])
    for (const name of ['authorization', 'cookie', 'x-api-key'])
      expect(other.received[0]?.headers).not.toHaveProperty(name)
  })

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [301, 'PUT', 'PUT', 'text'],
    [307, 'POST', 'POST', 'text'],
    [308, 'POST', 'POST', 'text'],
  ])('of %i turns %s into %s', async (status, method, next, body) => {
    const server = await serve((request, response) =>
      request.url === '/b' ? response.end() : response.writeHead(status, { location: '/b' }).end(),
    )
    await openDoor({ allow: [server.host] })({
      method,
      url: server.url,
      headers: { 'content-type': 'text/plain' },
      ...(method !== 'HEAD' && { body: 'text' }),
      maxRedirects: 5,
    })
    expect(server.received[1]).toMatchObject({ method: next, body })
    if (next === 'GET') expect(server.received[1]?.headers).not.toHaveProperty('content-type')
  })

  it('is followed as often as allowed and no more', async () => {
    const server = await serve((request, response) => response.writeHead(302, { location: `${request.url}x` }).end())
    await expect(openDoor({ allow: [server.host] })({ url: server.url, maxRedirects: 3 })).rejects.toMatchObject({
      code: 'http_refused',
      message: expect.stringContaining('more than 3 times'),
    })
    expect(server.received.map(({ path }) => path)).toEqual(['/', '/x', '/xx', '/xxx'])
  })

  it.each(['file:///etc/passwd', 'http://a:b@example.com/', 'http://'])('to %s is refused', async (location) => {
    const server = await serve((_request, response) => response.writeHead(302, { location }).end())
    await expect(openDoor({ allow: [server.host] })({ url: server.url, maxRedirects: 5 })).rejects.toMatchObject({
      code: 'address_refused',
    })
  })

  it('with an endless body is followed without reading it', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/b') return void response.end('there')
      response.writeHead(302, { location: '/b' })
      const flood = setInterval(() => response.write('x'.repeat(10_000)), 1)
      response.on('close', () => clearInterval(flood))
    })
    expect(textOf(await openDoor({ allow: [server.host] })({ url: server.url, maxRedirects: 5 }))).toBe('there')
  })
})

/** A server that says these bytes to whoever connects. */
async function serveBytes(bytes: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).end(bytes))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const bound = server.address()
  return bound !== null && typeof bound === 'object' ? bound.port : 0
}
