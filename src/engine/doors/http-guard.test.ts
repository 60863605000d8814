import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { systemResolve } from './guard.ts'
import type { Resolve } from './guard.ts'
import { createHttpDoor } from './http-door.ts'
import { openDoor, serve } from './local-server.test-kit.ts'

const refused = expect.objectContaining({ code: 'address_refused', retry: false })
const hello = () => serve((_request, response) => response.end('hello'))

describe('a target inside the network', () => {
  it('is refused before a connection is opened', async () => {
    const server = await hello()
    await expect(openDoor()({ url: server.url })).rejects.toEqual(refused)
    expect(server.received).toEqual([])
  })

  it.each([
    ...[
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://017700000001/',
      'http://0x7f.0.0.1/',
      'http://0x7f000001/',
      'http://127.1/',
      'http://127.0.0.1./',
    ],
    ...[
      'http://%31%32%37.0.0.1/',
      'http://１２７.0.0.1/',
      'http://127。0。0。1/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::]/',
      'http://0/',
      'http://0.0.0.0/',
    ],
    ...[
      'http://169.254.169.254/latest/meta-data/',
      'https://[fd00:ec2::254]/',
      'http://10.0.0.1:8080/',
      'http://localhost/',
      'http://LOCALHOST./',
    ],
  ])('is refused as %s', async (url) => {
    const resolve: Resolve = async () => ['127.0.0.1']
    await expect(openDoor({ resolve })({ url })).rejects.toEqual(refused)
  })

  it.each([
    ['only an internal address', ['10.0.0.1']],
    ['one internal address among public ones', ['93.184.216.34', '2606:4700::1', '192.168.1.1']],
    ['an internal IPv6 address', ['93.184.216.34', 'fd00::1']],
    ['an address with a zone', ['fe80::1%eth0']],
    ['something that is no address', ['not-an-address']],
  ])('is refused behind a name that resolves to %s', async (_name, addresses) => {
    await expect(openDoor({ resolve: async () => addresses })({ url: 'http://innocent.example/' })).rejects.toEqual(
      refused,
    )
  })

  it('is refused behind a redirect', async () => {
    const inside = await hello()
    const outside = await serve((_request, response) => response.writeHead(302, { location: inside.url }).end())
    await expect(openDoor({ allow: [outside.host] })({ url: outside.url, maxRedirects: 5 })).rejects.toEqual(refused)
    expect([outside.received.length, inside.received.length]).toEqual([1, 0])
  })

  it('is named in the error as it was asked for, and not by what it resolves to', async () => {
    const failure = openDoor({ resolve: async () => ['10.9.8.7'] })({ url: 'http://innocent.example/?token=hidden' })
    await expect(failure).rejects.toThrow('innocent.example is not on the public internet')
    await expect(failure).rejects.toThrow(/^(?!.*(10\.9\.8\.7|hidden))/)
  })
})

describe('a name', () => {
  it('is resolved once for a connection, which goes to the address that was checked', async () => {
    // Closing each connection makes the second call open one, for which the name answers otherwise.
    const checked = await serve((_request, response) => response.writeHead(200, { connection: 'close' }).end('hello'))
    const inside = await serve((_request, response) => response.end('inside'), '127.0.0.2', checked.port)
    const answers = [['127.0.0.1'], ['127.0.0.2']]
    const resolve = vi.fn<Resolve>(async () => answers.shift() ?? [])
    const door = openDoor({ allow: [checked.host], resolve })
    const url = `http://rebinding.example:${checked.port}/`
    expect(await door({ url })).toMatchObject({ status: 200 })
    expect(resolve.mock.calls).toEqual([['rebinding.example']])
    await expect(door({ url })).rejects.toEqual(refused)
    expect([resolve.mock.calls.length, checked.received.length]).toEqual([2, 1])
    expect(inside.received).toEqual([])
  })

  it('is tried on all its addresses, so that a host without IPv6 is reached', async () => {
    const server = await hello()
    const door = openDoor({ allow: ['host.example'], resolve: async () => ['::1', '127.0.0.1'] })
    expect(await door({ url: `http://host.example:${server.port}/` })).toMatchObject({ status: 200 })
    expect(server.received[0]?.headers.host).toBe(`host.example:${server.port}`)
  })

  it('that does not resolve may be tried again', async () => {
    for (const resolve of [async () => [], () => Promise.reject(new Error('ENOTFOUND'))]) {
      await expect(openDoor({ resolve })({ url: 'http://nowhere.example/' })).rejects.toMatchObject({
        code: 'http_failed',
        retry: true,
        message: expect.stringContaining('nowhere.example could not be resolved'),
      })
    }
  })

  it('is still the name that TLS asks for', async () => {
    const names: string[] = []
    const server = createTlsServer({ SNICallback: (name, done) => (names.push(name), done(null)) })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const bound = server.address()
    const port = bound !== null && typeof bound === 'object' ? bound.port : 0
    const door = openDoor({ allow: ['secure.example'], resolve: async () => ['127.0.0.1'] })
    await expect(door({ url: `https://secure.example:${port}/` })).rejects.toMatchObject({ code: 'http_failed' })
    expect(names).toEqual(['secure.example'])
  })

  it('is resolved by the system unless a test says otherwise', async () => {
    expect(await systemResolve('127.0.0.1')).toEqual(['127.0.0.1'])
    await expect(openDoor()({ url: 'http://localhost/' })).rejects.toEqual(refused)
  })
})

describe('the allow-list', () => {
  it.each<[string, (port: number) => string]>([
    ['a host and port', (port) => `127.0.0.1:${port}`],
    ['a host', () => '127.0.0.1'],
    ['a network', () => '127.0.0.0/8'],
  ])('lets %s pass', async (_name, entry) => {
    const server = await hello()
    expect(await openDoor({ allow: [entry(server.port)] })({ url: server.url })).toMatchObject({ status: 200 })
  })

  it('does not let another port pass', async () => {
    const server = await hello()
    await expect(openDoor({ allow: ['127.0.0.1:1'] })({ url: server.url })).rejects.toEqual(refused)
  })

  it('stops the start when it cannot be read', () => {
    expect(() => createHttpDoor({ allow: ['http://x'], maxBytes: 1, timeoutMs: 1 })).toThrow('cannot be allowed')
  })
})

describe('an address', () => {
  it.each([
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://example.com/',
    'data:text/plain,x',
    'javascript:0',
    'unix:/run/docker.sock',
  ])('is refused with the scheme of %s', async (url) => {
    await expect(openDoor()({ url })).rejects.toEqual(refused)
  })

  it.each(['http://user:secret@example.com/', 'http://example.com@127.0.0.1/', 'not an address', '', 'http://'])(
    'is refused when it is "%s"',
    async (url) => {
      const failure = openDoor()({ url })
      await expect(failure).rejects.toEqual(refused)
      await expect(failure).rejects.toThrow(/^(?!.*secret)/)
    },
  )
})

it('a proxy of the environment is not used, because it would connect past the guard', async () => {
  const proxy = await serve((_request, response) => response.end('proxied'))
  const server = await hello()
  for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'])
    vi.stubEnv(name, name.startsWith('NODE') ? '1' : proxy.url)
  onTestFinished(() => void vi.unstubAllEnvs())
  const response = await openDoor({ allow: [server.host] })({ url: server.url })
  expect([Buffer.from(response.body).toString(), proxy.received]).toEqual(['hello', []])
})
