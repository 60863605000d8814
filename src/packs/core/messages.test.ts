import { describe, expect, it } from 'vitest'
import { ActionError } from '../kit.ts'
import { testContext } from './context.test-kit.ts'
import { emailSend } from './email-send.ts'
import { notificationSend } from './notification-send.ts'

const ana = { id: 'm1', name: 'Ana', email: 'ana@example.com' }
const ben = { id: 'm2', name: 'Ben', email: 'ben@example.com' }

describe('email.send', () => {
  it('sends one mail under the key of the step and says who was accepted', async () => {
    const context = testContext({
      to: 'Ana Lima <ana@example.com>',
      cc: ['ben@example.com'],
      bcc: 'cfo@example.com',
      reply_to: 'desk@example.com',
      subject: 'Hi',
      text: 'Hello',
      html: '<p>Hello',
    })
    expect(await emailSend.run(context)).toEqual({
      outcome: 'completed',
      output: { message_id: '<1@example.com>', accepted: ['Ana Lima <ana@example.com>'] },
    })
    expect(context.mails).toEqual([
      {
        idempotencyKey: 'execution-1:test_step',
        mail: {
          ...{
            to: ['Ana Lima <ana@example.com>'],
            cc: ['ben@example.com'],
            bcc: ['cfo@example.com'],
            replyTo: 'desk@example.com',
          },
          ...{ subject: 'Hi', text: 'Hello', html: '<p>Hello' },
        },
      },
    ])
  })

  it.each([
    ['a line break in the subject', { subject: 'Hi\r\nBcc: evil@example.com' }, 'subject'],
    ['a line break in an address', { to: 'ana@example.com\nBcc: evil@example.com' }, 'to'],
    ['two addresses in one', { to: 'ana@example.com, evil@example.com' }, 'to'],
    ['a second address behind a name', { to: ['ana@example.com', 'x, evil@example.com <ana@example.com>'] }, 'to.1'],
    ['a line break in reply_to', { reply_to: 'a@example.com\r\nX: y' }, 'reply_to'],
    ['an address that is none', { cc: ['nobody'] }, 'cc.0'],
    ['no text', { text: undefined }, 'give text, html, or both'],
    ['no recipient', { to: [] }, 'to'],
  ])('refuses %s', async (_name, config, field) => {
    const context = testContext(
      JSON.parse(JSON.stringify({ to: 'ana@example.com', subject: 'Hi', text: 'Hello', ...config })),
    )
    await expect(emailSend.run(context)).rejects.toMatchObject({
      code: 'action_config',
      message: expect.stringContaining(field),
    })
    expect(context.mails).toEqual([])
  })
})

describe('notification.send', () => {
  it('writes to the inbox of everybody, exactly once, and sends nothing', async () => {
    const context = testContext({ to: { role: 'buyer' }, message: 'Look' }, { recipients: [ana, ben] })
    expect(await notificationSend.run(context)).toEqual({
      ...{ outcome: 'completed', output: { recipients: 2, channels: ['in_app'] } },
      writes: [{ write: 'notification', to: ['m1', 'm2'], message: 'Look' }],
    })
    expect([...context.mails, ...context.requests]).toEqual([])
  })

  it('mails each alone, under a key that does not change with the attempt', async () => {
    const context = testContext(
      { to: { council: 'media' }, title: 'News', message: 'Look', channels: ['email'] },
      { recipients: [ana, ben] },
    )
    expect(await notificationSend.run(context)).toMatchObject({ writes: [] })
    expect(context.mails).toEqual([
      { idempotencyKey: 'execution-1:test_step:m1', mail: { to: ['ana@example.com'], subject: 'News', text: 'Look' } },
      { idempotencyKey: 'execution-1:test_step:m2', mail: { to: ['ben@example.com'], subject: 'News', text: 'Look' } },
    ])
  })

  it('makes the subject of the message when there is no title', async () => {
    const context = testContext(
      { to: { role: 'buyer' }, message: 'First line\nsecond', channels: ['email'] },
      { recipients: [ana] },
    )
    await notificationSend.run(context)
    expect(context.mails[0]?.mail.subject).toBe('First line second')
  })

  it('posts to a Slack-compatible webhook', async () => {
    const config = {
      to: { role: 'buyer' },
      title: 'News',
      message: 'Look',
      channels: ['in_app', 'slack'],
      slack_webhook_url: 'https://hooks.example.com/T0/secret',
    }
    const context = testContext(config, { recipients: [ana] })
    expect(await notificationSend.run(context)).toMatchObject({ writes: [{ title: 'News' }] })
    expect(context.requests).toEqual([
      {
        ...{ method: 'POST', url: 'https://hooks.example.com/T0/secret', body: '{"text":"*News*\\nLook"}' },
        headers: { 'content-type': 'application/json', 'idempotency-key': 'execution-1:test_step' },
      },
    ])
    const { title: _title, ...untitled } = config
    const plain = testContext(untitled, { recipients: [ana] })
    await notificationSend.run(plain)
    expect(plain.requests[0]?.body).toBe('{"text":"Look"}')
  })

  it('never names the webhook in an error, because its path is its password', async () => {
    const config = {
      to: { role: 'buyer' },
      message: 'Look',
      channels: ['slack'],
      slack_webhook_url: 'https://hooks.example.com/T0/secret',
    }
    const error = await notificationSend
      .run(testContext(config, { recipients: [ana], answer: { status: 404 } }))
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ActionError)
    expect(error).toMatchObject({ code: 'http_refused', message: 'The Slack webhook answered 404; expected 2xx.' })
  })

  it.each([
    [{ role: 'buyer' }, 'the role "buyer"'],
    [{ council: 'media' }, 'the council "media"'],
    [{ members: ['eve@example.com'] }, 'eve@example.com'],
  ])('fails when nobody would be told: %o', async (to, name) => {
    await expect(notificationSend.run(testContext({ to, message: 'Look' }))).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(name),
    })
  })

  it('needs an address for the channel slack', async () => {
    await expect(
      notificationSend.run(testContext({ to: { role: 'buyer' }, message: 'Look', channels: ['slack'] })),
    ).rejects.toMatchObject({
      code: 'action_config',
      message: expect.stringContaining('slack_webhook_url'),
    })
  })

  it.each([
    ['A', { channels: ['in_app'] }],
    ['A', {}],
    ['C', { channels: ['in_app', 'email'] }],
    ['C', { channels: ['slack'], slack_webhook_url: 'https://hooks.example.com' }],
    ['C', { channels: '{{ trigger.channels }}' }],
    ['B', { channels: ['slack'], slack_webhook_url: 'https://chat.example.com:8443/hook' }],
  ])('is of class %s with %o', (impact, config) => {
    const { impact: classify } = notificationSend
    if (typeof classify !== 'function') throw new Error('the impact depends on the config')
    const isInternal = (host: string) => host === 'chat.example.com:8443'
    const found = classify({ to: { role: 'buyer' }, message: 'Look', ...config }, { isInternal })
    expect(typeof found === 'string' ? found : found.impact).toBe(impact)
  })
})
