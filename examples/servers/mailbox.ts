// A mailbox that takes every e-mail over SMTP and prints it. Run it: npx node examples/servers/mailbox.ts

import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

function startMailbox(port: number): void {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, callback) => {
      void text(stream).then((mail) => {
        process.stdout.write(`${mail}\n----\n`)
        callback()
      })
    },
  })
  server.listen(port, '127.0.0.1', () => process.stdout.write(`Listening on smtp://127.0.0.1:${port}\n`))
}

if (import.meta.main) startMailbox(4804)
