// A client that sends a request with an idempotency key until it is answered.

import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

export interface Sent {
  readonly status: number
  readonly body: string
  readonly isReplayed: boolean
  /** How often the connection broke before it was answered. */
  readonly breaks: number
}

export interface Sending {
  readonly url: string
  readonly path: string
  readonly key: string
  readonly apiKey: string
  readonly body: string
}

const longestMs = 60_000
const againMs = 15

export class Sender {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 })
  /** Requests that are sent and not answered. */
  inFlight = 0

  /** Sends it again after each break, the same request with the same key. */
  async send(sending: Sending): Promise<Sent> {
    const deadline = performance.now() + longestMs
    for (let breaks = 0; ; breaks++) {
      const answer = await this.once(sending)
      if (answer !== undefined && answer.status < 500) return { ...answer, breaks }
      if (performance.now() > deadline) {
        const last = answer === undefined ? 'the connection broke' : `${answer.status} ${answer.body.slice(0, 200)}`
        throw new Error(`${sending.path} was not answered for ${longestMs} ms; last: ${last}`)
      }
      await pause(againMs)
    }
  }

  close(): void {
    this.agent.destroy()
  }

  /** Undefined when the connection broke. */
  private once({ url, path, key, apiKey, body }: Sending): Promise<Omit<Sent, 'breaks'> | undefined> {
    this.inFlight++
    const { promise, resolve } = Promise.withResolvers<Omit<Sent, 'breaks'> | undefined>()
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}`, 'idempotency-key': key }
    const sent = request(`${url}/api/v1${path}`, { method: 'POST', agent: this.agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.on('error', () => resolve(undefined))
      answer.on('end', () => {
        const isReplayed = answer.headers['idempotency-replayed'] === 'true'
        resolve({ status: answer.statusCode ?? 0, body: text, isReplayed })
      })
    })
    sent.on('error', () => resolve(undefined))
    sent.end(body)
    return promise.finally(() => this.inFlight--)
  }
}
