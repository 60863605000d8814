// Sends a request over TCP as it is, and reads the answer; an answer that does not come in time is a violation of its own.

import { Agent, type IncomingMessage, request as open } from 'node:http'
import type { Answer } from './judge.ts'

export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string | undefined
}

export const longestMs = 5000

/** One of a run: its connections are used again. */
export class Sender {
  private readonly port: number
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 })

  constructor(port: number) {
    this.port = port
  }

  /** Status 0 when there was no answer; the body then says why. Of a stream only the head is read. */
  send({ method, url, headers, payload }: Sent): Promise<Answer> {
    return new Promise((resolve) => {
      const { agent, port } = this
      const length = payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) }
      const lost = (why: string) => resolve({ status: 0, body: why, headers: {} })
      const sent = open({ host: '127.0.0.1', port, agent, method, path: url, headers: { ...headers, ...length } })
      const timer = setTimeout(() => {
        lost(`no answer within ${longestMs} ms`)
        sent.destroy()
      }, longestMs)
      const done = (answer: Answer) => {
        clearTimeout(timer)
        resolve(answer)
      }
      sent.on('response', (answer) => void read(answer).then(done))
      sent.on('error', (error) => done({ status: 0, body: error.message, headers: {} }))
      sent.end(payload)
    })
  }

  close(): void {
    this.agent.destroy()
  }
}

async function read(answer: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = answer
  if (headers['content-type']?.startsWith('text/event-stream') === true) {
    answer.destroy()
    return { status, body: '', headers }
  }
  const chunks: Buffer[] = []
  try {
    for await (const chunk of answer) chunks.push(Buffer.from(chunk))
  } catch (error) {
    return { status: 0, body: `the answer broke off: ${String(error)}`, headers }
  }
  return { status, body: Buffer.concat(chunks).toString('utf8'), headers }
}
