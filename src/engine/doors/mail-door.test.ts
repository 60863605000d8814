import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Mail } from '../../packs/kit.ts'
import { createMailDoor } from './mail-door.ts'
import { serveSmtp, smtpError } from './smtp-server.test-kit.ts'

const from = 'Countersign <no-reply@countersign.example>'
const hello: Mail = { to: ['ana@example.com'], subject: 'Hello', text: 'Hi Ana' }

function openMail(smtpUrl: string | undefined, timeoutMs?: number) {
  const door = createMailDoor({ smtpUrl, from, ...(timeoutMs !== undefined && { timeoutMs }) })
  onTestFinished(() => door.close())
  return (mail: Mail = hello, key = 'key-1', signal = new AbortController().signal) => door.mail(mail, key, signal)
}

describe('a mail', () => {
  it('arrives with everything it was given', async () => {
    const server = await serveSmtp()
    const send = openMail(server.url)
    const sent = await send({
      ...{
        to: ['Ana Lima <ana@example.com>', 'ben@example.com'],
        cc: ['cy@example.com'],
        bcc: ['dot@example.com'],
        replyTo: 'desk@example.com',
      },
      ...{ subject: 'Grüße 👋', text: 'plain', html: '<p>rich</p>' },
    })
    expect(sent.accepted).toEqual(['ana@example.com', 'ben@example.com', 'cy@example.com', 'dot@example.com'])
    const [{ mail, to, from: sender } = { mail: undefined, to: [], from: '' }] = server.delivered
    expect([sender, to]).toEqual(['no-reply@countersign.example', sent.accepted])
    expect(mail).toMatchObject({
      ...{ subject: 'Grüße 👋', text: 'plain\n', html: '<p>rich</p>\n', messageId: sent.messageId },
      ...{
        from: { name: 'Countersign', address: 'no-reply@countersign.example' },
        to: [{ name: 'Ana Lima' }, { address: 'ben@example.com' }],
      },
      ...{ cc: [{ address: 'cy@example.com' }], replyTo: [{ address: 'desk@example.com' }] },
    })
    expect(mail?.headers.map(({ key }) => key)).not.toContain('bcc')
  })

  it('has the same Message-ID for each attempt, and another for another key', async () => {
    const server = await serveSmtp()
    const send = openMail(server.url)
    const ids = [await send(hello, 'a'), await send(hello, 'a'), await send(hello, 'b')].map(
      ({ messageId }) => messageId,
    )
    expect(ids[0]).toMatch(/^<[0-9a-f]{40}@countersign\.example>$/)
    expect([ids[0] === ids[1], ids[0] === ids[2]]).toEqual([true, false])
    expect(server.delivered.map(({ mail }) => mail.messageId)).toEqual(ids)
  })

  it('can come from another sender', async () => {
    const server = await serveSmtp()
    const send = openMail(server.url)
    const { messageId } = await send({ ...hello, from: 'Reports <reports@shop.example>' })
    expect([server.delivered[0]?.mail.from?.address, messageId]).toEqual([
      'reports@shop.example',
      expect.stringMatching(/@shop\.example>$/),
    ])
    expect(await send({ ...hello, from: 'cron' })).toMatchObject({ messageId: expect.stringMatching(/@localhost>$/) })
  })

  it('is accepted for those whom the server takes', async () => {
    const server = await serveSmtp({
      onRcptTo: ({ address }, _session, done) =>
        done(address === 'gone@example.com' ? smtpError(550, 'no such user') : null),
    })
    expect(await openMail(server.url)({ ...hello, to: ['gone@example.com', 'ana@example.com'] })).toMatchObject({
      accepted: ['ana@example.com'],
    })
  })

  it.each<[string, Partial<Mail>]>([
    ['subject', { subject: 'Hi\r\nBcc: evil@example.com' }],
    ['to', { to: ['ana@example.com\nBcc: evil@example.com'] }],
    ['cc', { cc: ['a\u0000@example.com'] }],
    ['reply_to', { replyTo: 'a@example.com\r\nX-Evil: 1' }],
    ['from', { from: 'a@example.com\r\nX-Evil: 1' }],
  ])('with a line break in its %s is refused and not sent', async (name, parts) => {
    const server = await serveSmtp()
    await expect(openMail(server.url)({ ...hello, ...parts })).rejects.toMatchObject({
      code: 'mail_refused',
      message: expect.stringContaining(name),
    })
    expect(server.delivered).toEqual([])
  })
})

describe('a mail that is not taken', () => {
  it.each([
    [550, 'mail_refused', false],
    [552, 'mail_refused', false],
    [421, 'mail_failed', true],
    [450, 'mail_failed', true],
    [503, 'mail_failed', true],
  ])('with %i fails as %s (retry: %s)', async (status, code, retry) => {
    const server = await serveSmtp({ onRcptTo: (_address, _session, done) => done(smtpError(status, 'not now')) })
    await expect(openMail(server.url)()).rejects.toMatchObject({
      code,
      retry,
      message: expect.stringContaining('not now'),
    })
  })

  it('because its content is refused fails for good', async () => {
    const server = await serveSmtp({
      onData(stream, _session, done) {
        stream.on('end', () => done(smtpError(554, 'looks like spam'))).resume()
      },
    })
    await expect(openMail(server.url)()).rejects.toMatchObject({
      code: 'mail_refused',
      detail: { status: 554 },
      message: expect.stringContaining('looks like spam'),
    })
  })

  it('because the account is wrong names the setting', async () => {
    const server = await serveSmtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(smtpError(535, 'wrong password')),
    })
    await expect(openMail(`smtp://ana:hidden@127.0.0.1:${server.port}`)()).rejects.toMatchObject({
      code: 'mail_refused',
      message: expect.stringMatching(/SMTP_URL\.$/),
    })
    await expect(openMail(`smtp://ana:hidden@127.0.0.1:${server.port}`)()).rejects.toThrow(/^(?!.*hidden)/)
  })

  it('because it has no recipient that is an address fails for good', async () => {
    const server = await serveSmtp()
    await expect(openMail(server.url)({ ...hello, to: [''] })).rejects.toMatchObject({
      code: 'mail_refused',
      detail: { status: null },
    })
  })

  it('because nobody listens may be tried again', async () => {
    await expect(openMail('smtp://127.0.0.1:1')()).rejects.toMatchObject({ code: 'mail_failed', retry: true })
  })

  it('because the server says nothing may be tried again', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const bound = server.address()
    const port = bound !== null && typeof bound === 'object' ? bound.port : 0
    await expect(openMail(`smtp://127.0.0.1:${port}`, 50)()).rejects.toMatchObject({ code: 'mail_failed', retry: true })
  })

  it('because the step was stopped may be tried again', async () => {
    const stop = new AbortController()
    const server = await serveSmtp({ onMailFrom: () => stop.abort() })
    await expect(openMail(server.url)(hello, 'key', stop.signal)).rejects.toMatchObject({
      code: 'mail_failed',
      retry: true,
    })
  })

  it('because no server is configured says what to set', async () => {
    await expect(openMail(undefined)()).rejects.toMatchObject({
      code: 'not_configured',
      retry: false,
      message: expect.stringMatching(/^E-mail is not configured\. Set SMTP_URL/),
    })
  })
})
