import { describe, expect, it } from 'vitest'
import type { HttpResponse } from '../kit.ts'
import { jsonAnswer, testContext } from './context.test-kit.ts'
import { httpRequest } from './http-request.ts'

const url = 'https://api.example.com/orders?token=hidden'

async function sent(config: object) {
  const context = testContext({ url, ...config })
  await httpRequest.run(context)
  const [request] = context.requests
  if (request === undefined) throw new Error('nothing was sent')
  return request
}

function bodyOf(answer: Partial<HttpResponse>, response = 'auto') {
  return httpRequest
    .run(testContext({ url, response }, { answer }))
    .then((result) => (result !== 'keep waiting' && 'output' in result ? result.output : undefined))
}

describe('what http.request sends', () => {
  it('is a GET that follows redirects and carries no idempotency key, unless told otherwise', async () => {
    expect(await sent({})).toEqual({ method: 'GET', url, headers: {}, maxRedirects: 5 })
  })

  it('adds the query to that of the address', async () => {
    expect((await sent({ query: { page: 2, open: true, q: 'a&b' } })).url).toBe(
      'https://api.example.com/orders?token=hidden&page=2&open=true&q=a%26b',
    )
    expect((await sent({ url: 'not an address' })).url).toBe('not an address')
  })

  it('has the same Idempotency-Key for each attempt of what changes something', async () => {
    expect((await sent({ method: 'POST' })).headers).toEqual({ 'idempotency-key': 'execution-1:test_step' })
    expect((await sent({ method: 'DELETE', headers: { 'Idempotency-Key': 'mine' } })).headers).toEqual({
      'idempotency-key': 'mine',
    })
  })

  it.each([
    [{ bearer: 'token' }, { authorization: 'Bearer token' }],
    [
      { basic: { user: 'ana', password: 'pä:ss' } },
      { authorization: `Basic ${Buffer.from('ana:pä:ss').toString('base64')}` },
    ],
    [{ header: { name: 'X-Api-Key', value: 'key' } }, { 'x-api-key': 'key' }],
  ])('authorises with %o', async (auth, headers) => {
    expect((await sent({ auth })).headers).toEqual(headers)
  })

  it.each([
    ['JSON', { body: { a: [1] } }, '{"a":[1]}', 'application/json'],
    ['text', { body: 'plain' }, 'plain', 'text/plain; charset=utf-8'],
    [
      'text of a named type',
      { body: '<a/>', headers: { 'Content-Type': 'application/xml' } },
      '<a/>',
      'application/xml',
    ],
    [
      'a form',
      { body: { a: 'x y', b: 2 }, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'a=x+y&b=2',
      'application/x-www-form-urlencoded',
    ],
  ])('has a body of %s', async (_name, config, body, contentType) => {
    expect(await sent({ method: 'PUT', ...config })).toMatchObject({ body, headers: { 'content-type': contentType } })
  })

  it('passes the limits on', async () => {
    expect(await sent({ timeout: '5s', max_bytes: 100, follow_redirects: false })).toMatchObject({
      timeoutMs: 5000,
      maxBytes: 100,
      maxRedirects: 0,
    })
  })

  it.each([
    [{ auth: {} }, 'auth'],
    [{ auth: { bearer: 'a', header: { name: 'b', value: 'c' } } }, 'auth'],
    [{ method: 'TRACE' }, 'method'],
    [{ expect_status: ['ok'] }, 'expect_status'],
    [{ timeout: 'soon' }, 'timeout'],
  ])('is nothing when the config is %o', async (config, field) => {
    await expect(sent(config)).rejects.toMatchObject({ code: 'action_config', message: expect.stringContaining(field) })
  })
})

describe('what http.request makes of an answer', () => {
  it('is its status, headers, body, final address and duration', async () => {
    expect(await bodyOf({ ...jsonAnswer({ id: 7 }, 201), url: 'https://api.example.com/orders/7' })).toEqual({
      ...{
        status: 201,
        headers: { 'content-type': 'application/json' },
        body: { id: 7 },
        url: 'https://api.example.com/orders/7',
      },
      duration_ms: expect.any(Number),
    })
  })

  it.each<[string, string, string | Uint8Array, unknown]>([
    ['auto', 'application/problem+json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['auto', 'application/json', '', null],
    ['auto', 'text/html', '<p>', '<p>'],
    ['auto', 'application/atom+xml', '<feed/>', '<feed/>'],
    ['auto', 'text/plain; charset=iso-8859-1', new Uint8Array([0xe4]), 'ä'],
    ['auto', 'text/plain; charset=martian', 'text', 'text'],
    ['auto', 'image/png', new Uint8Array([137, 80]), 'iVA='],
    ['auto', '', 'plain', 'plain'],
    ['auto', '', new Uint8Array([255, 254]), '//4='],
    ['json', 'text/plain', '[1]', [1]],
    ['text', 'application/json', '{}', '{}'],
    ['base64', 'text/plain', 'hi', 'aGk='],
  ])('read as %s with the type "%s" is the value in it', async (response, contentType, body, expected) => {
    const headers: Record<string, string> = contentType === '' ? {} : { 'content-type': contentType }
    expect(await bodyOf({ headers, body: Buffer.from(body) }, response)).toMatchObject({ body: expected })
  })

  it('is a failure when the body is not the JSON it says to be', async () => {
    await expect(bodyOf({ body: Buffer.from('<html>') }, 'json')).rejects.toMatchObject({
      code: 'http_refused',
      message: expect.not.stringContaining('hidden'),
      detail: { body: '<html>' },
    })
  })

  it('is a failure when the JSON would reach a prototype', async () => {
    await expect(bodyOf({ body: Buffer.from('{"__proto__":{"admin":true}}') }, 'json')).rejects.toMatchObject({
      code: 'invalid_output',
    })
  })

  it.each([400, 401, 404, 410, 422, 301, 304])('is a failure that is not tried again for %i', async (status) => {
    await expect(bodyOf({ status, body: Buffer.from('why') })).rejects.toMatchObject({
      code: 'http_refused',
      retry: false,
      detail: { status, body: 'why' },
    })
  })

  it.each([500, 502, 503, 504, 408, 425, 429])('is a failure that may be tried again for %i', async (status) => {
    await expect(bodyOf({ status })).rejects.toMatchObject({ code: 'http_failed', retry: true, detail: { status } })
  })

  it('names the address without its query, which may hold credentials', async () => {
    await expect(bodyOf({ status: 404, url })).rejects.toThrow(
      'https://api.example.com/orders answered 404; expected 2xx.',
    )
    await expect(bodyOf({ status: 404, url: 'odd?token=hidden' })).rejects.toThrow('odd answered 404')
  })

  it.each([
    [404, ['2xx', 404]],
    [404, ['400-404']],
    [503, ['5xx']],
  ])('is no failure when %i is among %o', async (status, expectStatus) => {
    const result = await httpRequest.run(testContext({ url, expect_status: expectStatus }, { answer: { status } }))
    expect(result).toMatchObject({ output: { status } })
  })

  it('is a failure when another status was expected', async () => {
    await expect(httpRequest.run(testContext({ url, expect_status: [201, '300-302'] }))).rejects.toThrow(
      'answered 200; expected 201, 300-302.',
    )
  })
})
