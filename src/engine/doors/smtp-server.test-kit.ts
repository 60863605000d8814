// A real SMTP server on the loopback for tests of the mail door.

import { buffer } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import type { Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'

export interface Delivered {
  readonly from: string
  readonly to: readonly string[]
  readonly mail: Email
}

/** An SMTP reply that refuses: `smtpError(550, 'no such user')`. */
export function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

/** Takes every mail, unless the options refuse it; `delivered` holds what was taken. */
export async function serveSmtp(options: SMTPServerOptions = {}) {
  const delivered: Delivered[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    async onData(stream, session, callback) {
      const mail = await PostalMime.parse(await buffer(stream))
      const { mailFrom, rcptTo } = session.envelope
      delivered.push({
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        mail,
      })
      callback()
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)))
  const bound = server.server.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0
  return { delivered, port, url: `smtp://127.0.0.1:${port}` }
}
