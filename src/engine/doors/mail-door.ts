// The way out for e-mail: one message over the configured SMTP server, which is trusted and needs no guard.

import { createHash } from 'node:crypto'
import { ActionError } from '../../packs/kit.ts'
import type { Doors, Mail } from '../../packs/kit.ts'

export interface MailDoorOptions {
  /** `smtp://user:password@host:587` or `smtps://…`; without it every mail fails with `not_configured`. */
  readonly smtpUrl: string | undefined
  /** The sender: `Countersign <no-reply@example.com>`. */
  readonly from: string
  readonly timeoutMs?: number
}

export interface MailDoor {
  readonly mail: Doors['mail']
  close(): void
}

export function createMailDoor({ smtpUrl, from, timeoutMs = 30_000 }: MailDoorOptions): MailDoor {
  if (smtpUrl === undefined) return { mail: refuseUnconfigured, close: () => {} }
  let transport: ReturnType<typeof smtpTransport> | undefined
  return {
    mail: async (mail, idempotencyKey, signal) =>
      deliver(await (transport ??= smtpTransport(smtpUrl, timeoutMs)), { from, ...mail }, idempotencyKey, signal),
    close: () => void transport?.then((opened) => opened.close()),
  }
}

/** Loaded with the first mail. */
async function smtpTransport(url: string, timeoutMs: number) {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // A message is text that somebody configured; it must not name files or addresses to be read on the way.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

async function refuseUnconfigured(): Promise<never> {
  throw new ActionError(
    'not_configured',
    'E-mail is not configured. Set SMTP_URL, for example smtp://user:password@mail.example.com:587.',
  )
}

type Transport = Awaited<ReturnType<typeof smtpTransport>>

async function deliver(
  transport: Transport,
  mail: Mail & { from: string },
  idempotencyKey: string,
  signal: AbortSignal,
): ReturnType<Doors['mail']> {
  refuseHeaderInjection(mail)
  const messageId = messageIdFor(idempotencyKey, mail.from)
  const { to, cc = [], bcc = [], replyTo, from, subject, text, html } = mail
  try {
    const sent = await transport.sendMail({
      messageId,
      from,
      to: [...to],
      cc: [...cc],
      bcc: [...bcc],
      subject,
      signal,
      ...(replyTo !== undefined && { replyTo }),
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
    })
    return { messageId, accepted: sent.accepted }
  } catch (error) {
    throw toActionError(error)
  }
}

/** The same for each attempt, so that a receiver that deduplicates shows the message once. */
function messageIdFor(idempotencyKey: string, from: string): string {
  const [, domain = 'localhost'] = /@([A-Za-z0-9.-]+)/.exec(from) ?? []
  return `<${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40)}@${domain}>`
}

function refuseHeaderInjection({ to, cc = [], bcc = [], replyTo = '', from, subject }: Mail & { from: string }): void {
  const headers = { to, cc, bcc, reply_to: [replyTo], from: [from], subject: [subject] }
  for (const [name, values] of Object.entries(headers)) {
    if (values.some((value) => /\p{Cc}/u.test(value)))
      throw new ActionError(
        'mail_refused',
        `The ${name} of the e-mail holds a line break or another control character.`,
      )
  }
}

/** Nodemailer's codes for a message or an account that is wrong, which no second try mends. */
const lasting: ReadonlySet<string> = new Set([
  'EAUTH',
  'ENOAUTH',
  'EENVELOPE',
  'EMESSAGE',
  'ECONFIG',
  'EFILEACCESS',
  'EURLACCESS',
])

function toActionError(error: unknown): ActionError {
  const { message, code, status } = readSmtpError(error)
  // RFC 5321, section 4.2.1: 5yz lasts, 4yz passes. 503 speaks of the session and not of the message.
  const isRefused = status === undefined ? lasting.has(code) : status >= 500 && status !== 503
  if (!isRefused) return new ActionError('mail_failed', `The e-mail could not be sent: ${message}`, { retry: true })
  const advice = code === 'EAUTH' || code === 'ENOAUTH' ? ' Check the user and password in SMTP_URL.' : ''
  return new ActionError('mail_refused', `The mail server refused the e-mail: ${message}${advice}`, {
    detail: { status: status ?? null },
  })
}

function readSmtpError(error: unknown): { message: string; code: string; status: number | undefined } {
  if (!(error instanceof Error)) return { message: String(error), code: '', status: undefined }
  const code = 'code' in error ? String(error.code) : ''
  return {
    message: error.message,
    code,
    status: 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined,
  }
}
