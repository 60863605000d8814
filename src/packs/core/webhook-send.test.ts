import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { testContext } from './context.test-kit.ts'
import { webhookSend } from './webhook-send.ts'

const secret = `whsec_${Buffer.from('a secret of at least 24 bytes').toString('base64')}`
const newSecret = `whsec_${Buffer.from('its successor, of 24 bytes too').toString('base64')}`
const config = {
  url: 'https://warehouse.example.com/hooks?key=hidden',
  event: 'order.approved',
  data: { order: 7 },
  secret,
}

async function sent(given: object = {}) {
  // The verifier compares with the clock of the machine.
  const context = testContext({ ...config, ...given }, { now: Date.now() })
  const result = await webhookSend.run(context)
  const [request] = context.requests
  if (request === undefined || typeof request.body !== 'string') throw new Error('nothing was sent')
  return { result, now: context.now, headers: request.headers ?? {}, body: request.body }
}

describe('webhook.send', () => {
  it('is signed so that the library of Standard Webhooks verifies it', async () => {
    const { headers, body, now, result } = await sent()
    expect(new Webhook(secret).verify(body, { ...headers })).toEqual({
      type: 'order.approved',
      timestamp: new Date(now).toISOString(),
      data: { order: 7 },
    })
    expect(headers['webhook-id']).toBe('execution-1:test_step')
    expect(result).toEqual({ outcome: 'completed', output: { status: 200, id: 'execution-1:test_step' } })
  })

  it('does not verify when the body was changed or the secret is another', async () => {
    const { headers, body } = await sent()
    expect(() => new Webhook(secret).verify(body.replace('7', '8'), { ...headers })).toThrow()
    expect(() => new Webhook(newSecret).verify(body, { ...headers })).toThrow()
  })

  it('carries two signatures while one secret replaces the other', async () => {
    const { headers, body } = await sent({ secret: [newSecret, secret] })
    for (const one of [secret, newSecret])
      expect(new Webhook(one).verify(body, { ...headers })).toMatchObject({ data: { order: 7 } })
  })

  it('follows no redirect and sends null when there is no data', async () => {
    const context = testContext({ url: config.url, event: 'ping', secret })
    await webhookSend.run(context)
    expect(context.requests[0]).not.toHaveProperty('maxRedirects')
    expect(JSON.parse(String(context.requests[0]?.body))).toMatchObject({ type: 'ping', data: null })
  })

  it.each([
    [410, 'http_refused', false, 'wants no more events'],
    [404, 'http_refused', false, 'answered 404'],
    [302, 'http_refused', false, 'answered 302'],
    [429, 'http_failed', true, 'answered 429'],
    [503, 'http_failed', true, 'answered 503'],
  ])('answered by %i fails as %s (retry: %s)', async (status, code, retry, text) => {
    const failure = webhookSend.run(testContext(config, { answer: { status } }))
    await expect(failure).rejects.toMatchObject({ code, retry, message: expect.stringContaining(text) })
    await expect(failure).rejects.toThrow(/^https:\/\/warehouse\.example\.com\/hooks answered/)
  })

  it('says how a secret is made when it is none, without repeating it', async () => {
    const failure = webhookSend.run(testContext({ ...config, secret: 'whsec_***' }))
    await expect(failure).rejects.toMatchObject({
      code: 'action_config',
      message: expect.stringMatching(/secret: .*base64/),
    })
    await expect(failure).rejects.toThrow(/^[^*]*$/)
  })
})
