// What no HTTP library sends: requests as bytes, and how each must be answered.

import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { complaint } from './judge.ts'
import { longestMs } from './send.ts'

export interface HostileCase {
  readonly name: string
  readonly bytes: Buffer
  /** Statuses of all answers on the connection, in order. */
  readonly wanted: readonly number[]
  /** The answer has a head only: it is one to HEAD, or Node gives it before anybody is asked. */
  readonly isBare?: true
}

const source = 'name: raw\nsteps:\n  - id: note\n    action: log\n    config: { message: hello }\n'
const valid = JSON.stringify({ source })

/** `key` is an API key of an owner. */
export function hostileCases(key: string): HostileCase[] {
  const head = (line: string, ...headers: string[]) =>
    [
      `${line} HTTP/1.1`,
      'host: 127.0.0.1',
      `authorization: Bearer ${key}`,
      'connection: close',
      ...headers,
      '',
      '',
    ].join('\r\n')
  const one = (name: string, bytes: string | Buffer, ...wanted: number[]): HostileCase => ({
    ...{ name, wanted },
    bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
  })
  const post = (body: string | Buffer, ...headers: string[]) => {
    const typed = headers.some((header) => header.startsWith('content-type')) ? [] : ['content-type: application/json']
    return Buffer.concat([
      Buffer.from(
        head('POST /api/v1/workflows/validate', `content-length: ${Buffer.byteLength(body)}`, ...typed, ...headers),
        'latin1',
      ),
      Buffer.from(body),
    ])
  }
  const chunked = (body: string) =>
    `${head('POST /api/v1/workflows/validate', 'content-type: application/json', 'transfer-encoding: chunked')}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  const alive = head('GET /api/v1/me').replace('connection: close', 'connection: keep-alive')
  return [
    one('a request as it should be', post(valid), 200),
    one('a chunked body', chunked(valid), 200),
    one('three requests at once on one connection', `${alive}${alive}${head('GET /api/v1/me')}`, 200, 200, 200),
    one('headers of 20 kB', head('GET /api/v1/me', `x-long: ${'x'.repeat(20_000)}`), 431),
    one('3,000 headers', head('GET /api/v1/me', ...Array.from({ length: 3000 }, (_, at) => `x-${at}: 1`)), 431),
    one('a chunked body of 3 MB', chunked(`"${'x'.repeat(3_000_000)}"`), 413),
    one('a body of 3 MB', post(`"${'x'.repeat(3_000_000)}"`), 413),
    one('a content-length that is no number', head('POST /api/v1/workflows/validate', 'content-length: many'), 400),
    one('a content-length below zero', head('POST /api/v1/workflows/validate', 'content-length: -1'), 400),
    one('two lengths', head('POST /api/v1/workflows/validate', 'content-length: 2', 'content-length: 3'), 400),
    one(
      'a length and chunks',
      `${head('POST /api/v1/me', 'content-length: 2', 'transfer-encoding: chunked')}0\r\n\r\n`,
      400,
    ),
    one(
      'a body longer than it says',
      Buffer.concat([
        Buffer.from(head('POST /api/v1/workflows/validate', 'content-type: application/json', 'content-length: 2')),
        Buffer.from('{}{}'),
      ]),
      400,
    ),
    one('bytes that are no UTF-8', post(Buffer.from([0x22, 0xff, 0xfe, 0xc3, 0x22])), 400),
    one('JSON 100,000 deep', post(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), 400),
    one('a key twice', post(`{"source":"a","source":${JSON.stringify(source)}}`), 200),
    one('a prototype for a key', post(`{"source":"a","__proto__":{"admin":true}}`), 400),
    one('a lone surrogate', post(String.raw`{"source":"\ud800"}`), 200),
    one('no content type', `${head('POST /api/v1/workflows/validate', 'content-length: 2')}{}`, 415),
    one('a compressed body', post(gzipSync(valid), 'content-encoding: gzip'), 415),
    one('an encoding that nobody knows', post(valid, 'content-encoding: rot13'), 415),
    one('the encoding that is none', post(valid, 'content-encoding: identity'), 200),
    one(
      'another character set',
      post(Buffer.from(valid, 'utf16le'), 'content-type: application/json; charset=utf-16'),
      400,
    ),
    bare(one('HEAD', head('HEAD /api/v1/me'), 200)),
    bare(one('HEAD of nothing', head('HEAD /api/v1/nothing'), 404)),
    bare(one('HEAD of what would not end', head('HEAD /api/v1/stream?topics=executions'), 405)),
    bare(one('HEAD of many lines', head('HEAD /api/v1/audit/export'), 200)),
    one('OPTIONS', head('OPTIONS /api/v1/workflows'), 204),
    one('PUT where there is only GET', head('PUT /api/v1/me', 'content-length: 0'), 405),
    one('TRACE', head('TRACE /api/v1/me'), 405),
    one('a method of WebDAV', head('PROPFIND /api/v1/me'), 404),
    one('a method that nobody knows', head('BREW /api/v1/me'), 400),
    one('CONNECT', head('CONNECT 127.0.0.1:22')),
    one('a protocol that nobody speaks', 'GET /api/v1/me HTTP/9.9\r\n\r\n', 400),
    bare(one('no host', `GET /api/v1/me HTTP/1.1\r\nconnection: close\r\n\r\n`, 400)),
    one('GET with a body', `${head('GET /api/v1/me', 'content-type: application/json', 'content-length: 2')}{}`, 200),
    one(
      'DELETE with a body',
      `${head('DELETE /api/v1/workflows/none', 'content-type: application/json', 'content-length: 2')}{}`,
      404,
    ),
    one('double slashes', head('GET //api//v1//me'), 404),
    one('steps upwards', head('GET /api/v1/../v1/me'), 404),
    one('encoded steps upwards', head('GET /api/v1/workflows/%2e%2e%2f%2e%2e%2fme'), 404),
    one('files of the reference', head('GET /docs/static/%2e%2e/%2e%2e/package.json'), 404),
    one('a NUL in the path', head('GET /api/v1/workflows/%00'), 400),
    one('half an escape', head('GET /api/v1/workflows/%e0%a4'), 400),
    one('a bare percent sign', head('GET /api/v1/workflows/100%'), 400),
    one('a path of 8 kB', head(`GET /api/v1/workflows/${'x'.repeat(8000)}`), 404),
    one('a whole address', head('GET http://elsewhere.example/api/v1/me'), 200),
    one('an asterisk', head('OPTIONS *'), 404),
    one('a parameter twice', head('GET /api/v1/workflows?limit=1&limit=2'), 422),
    one('parameters as an object', head('GET /api/v1/workflows?limit[gt]=1'), 422),
    one('10,000 parameters', head(`GET /api/v1/workflows?${'a=1&'.repeat(3000)}`), 422),
    one('a key in two headers', head('GET /api/v1/me', 'authorization: Bearer cs_other'), 200),
    one('an expectation that nobody fulfils', head('GET /api/v1/me', 'expect: the-unexpected'), 417),
    one('an expectation of going on', post(valid, 'expect: 100-continue'), 100, 200),
    one('another host', head('GET /api/v1/me').replace('host: 127.0.0.1', 'host: evil.example'), 200),
    one('a line of another header in a value', head('GET /api/v1/me', 'x-request-id: a\nset-cookie: b=c'), 400),
    one('an upgrade', head('GET /api/v1/me', 'upgrade: websocket', 'connection: upgrade'), 200),
    one('HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400),
    one('TLS', Buffer.from('16030100a5010000a10303', 'hex'), 400),
  ]
}

const bare = (hostile: HostileCase): HostileCase => ({ ...hostile, isBare: true })

/** Why the answer is not what it must be; undefined when it is. */
export async function tryHostileCase(
  port: number,
  { bytes, wanted, isBare }: HostileCase,
): Promise<string | undefined> {
  const text = await exchange(port, bytes)
  if (text === undefined) return `no end within ${longestMs} ms`
  const answers = text.split(/(?=HTTP\/1\.1 \d{3} )/).filter((part) => part !== '')
  const statuses = answers.map((part) => Number(part.slice(9, 12)))
  if (JSON.stringify(statuses) !== JSON.stringify(wanted)) {
    return `answered ${statuses.join(', ') || 'nothing'}, not ${wanted.join(', ')}: ${text.slice(0, 500)}`
  }
  if (isBare === true) return text.endsWith('\r\n\r\n') ? undefined : `has a body: ${text.slice(-200)}`
  return answers.flatMap((part) => problemOf(part) ?? [])[0]
}

function problemOf(part: string): string | undefined {
  const [head = '', ...body] = part.split('\r\n\r\n')
  const [, ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return complaint({ status: Number(part.slice(9, 12)), headers, body: body.join('\r\n\r\n') })
}

/** All that comes until the server ends the connection. */
async function exchange(port: number, bytes: Buffer): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  let late = false
  const timer = setTimeout(() => {
    late = true
    socket.destroy()
  }, longestMs)
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
  // It may refuse before it has read all of it.
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close').catch(() => {})
  clearTimeout(timer)
  return late && chunks.length === 0 ? undefined : Buffer.concat(chunks).toString('latin1')
}
