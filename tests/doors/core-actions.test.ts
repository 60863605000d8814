import { Webhook } from 'standardwebhooks'
import { expect, it, onTestFinished } from 'vitest'
import { testContext } from '../../src/packs/core/context.test-kit.ts'
import { corePack } from '../../src/packs/core/pack.ts'
import type { Json } from '../../src/packs/kit.ts'
import { createRegistry } from '../../src/packs/registry.ts'
import { createHttpDoor } from '../../src/engine/doors/http-door.ts'
import { serve } from '../../src/engine/doors/local-server.test-kit.ts'
import { createMailDoor } from '../../src/engine/doors/mail-door.ts'
import { serveSmtp } from '../../src/engine/doors/smtp-server.test-kit.ts'

const registry = createRegistry([corePack])

/** Runs an action of the core pack through the real doors. */
async function run(
  name: string,
  config: Json,
  { allow = [], smtpUrl }: { allow?: readonly string[]; smtpUrl?: string } = {},
) {
  const { http, close } = createHttpDoor({ allow, maxBytes: 100_000, timeoutMs: 20_000 })
  const { mail, close: hangUp } = createMailDoor({ smtpUrl, from: 'no-reply@countersign.example' })
  onTestFinished(() => {
    hangUp()
    return close()
  })
  const recipients = [{ id: 'm1', name: 'Ana', email: 'ana@example.com' }]
  return registry.find(name)?.run(testContext(config, { doors: { http, mail }, recipients, now: Date.now() }))
}

it('http.request reads JSON from a real server', async () => {
  const server = await serve((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":7}'),
  )
  const result = await run(
    'http.request',
    { method: 'POST', url: server.url, body: { a: 1 }, auth: { bearer: 't' } },
    { allow: [server.host] },
  )
  expect(result).toMatchObject({
    outcome: 'completed',
    output: { status: 200, body: { id: 7 }, url: `${server.url}/` },
  })
  expect(server.received).toMatchObject([
    {
      body: '{"a":1}',
      headers: {
        authorization: 'Bearer t',
        'idempotency-key': 'execution-1:test_step',
        'content-type': 'application/json',
      },
    },
  ])
})

it('http.request does not reach inside the network, directly or by a redirect', async () => {
  const inside = await serve((_request, response) => response.end('inside'))
  const outside = await serve((_request, response) => response.writeHead(302, { location: inside.url }).end())
  await expect(run('http.request', { url: inside.url })).rejects.toMatchObject({
    code: 'address_refused',
    retry: false,
  })
  await expect(run('http.request', { url: outside.url }, { allow: [outside.host] })).rejects.toMatchObject({
    code: 'address_refused',
  })
  expect(inside.received).toEqual([])
})

it('webhook.send is verified by its receiver', async () => {
  const secret = `whsec_${Buffer.from('a secret of at least 24 bytes').toString('base64')}`
  const server = await serve((_request, response) => response.writeHead(204).end())
  await run(
    'webhook.send',
    { url: server.url, event: 'order.approved', data: { order: 7 }, secret },
    { allow: [server.host] },
  )
  const [{ body, headers } = { body: '', headers: {} }] = server.received
  const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  expect(new Webhook(secret).verify(body, signed)).toMatchObject({ type: 'order.approved', data: { order: 7 } })
})

it('email.send and notification.send arrive at a real mail server', async () => {
  const smtp = await serveSmtp()
  const result = await run('email.send', { to: 'ben@example.com', subject: 'Hi', text: 'Hello' }, { smtpUrl: smtp.url })
  await run('notification.send', { to: { role: 'buyer' }, message: 'Look', channels: ['email'] }, { smtpUrl: smtp.url })
  expect(smtp.delivered.map(({ to, mail }) => [to, mail.subject])).toEqual([
    [['ben@example.com'], 'Hi'],
    [['ana@example.com'], 'Look'],
  ])
  expect(result).toMatchObject({
    output: { message_id: smtp.delivered[0]?.mail.messageId, accepted: ['ben@example.com'] },
  })
})

it('email.send says what to set when no mail server is configured', async () => {
  await expect(run('email.send', { to: 'ben@example.com', subject: 'Hi', text: 'Hello' })).rejects.toMatchObject({
    code: 'not_configured',
  })
})
