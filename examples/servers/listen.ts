// What the example servers share: JSON in, JSON out, and a line for each request.

import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'

export interface Request {
  readonly method: string
  readonly path: string
  readonly body: unknown
  /** The same for each attempt of a step: a receiver that remembers it does the work once. */
  readonly idempotencyKey: string | undefined
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface RunningServer {
  readonly url: string
  /** Every request so far, in order. */
  readonly received: readonly Request[]
  close(): Promise<void>
}

/** Listens on this machine alone. Port 0 takes any free one. */
export async function listen(port: number, answer: (request: Request) => Answer): Promise<RunningServer> {
  const received: Request[] = []
  const server = createServer((incoming, response) => {
    void readRequest(incoming).then((request) => {
      received.push(request)
      const { status, body } = answer(request)
      process.stdout.write(`${request.method} ${request.path} → ${status}\n`)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = server.address()
  const url = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : port}`
  process.stdout.write(`Listening on ${url}\n`)
  return {
    url,
    received,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const { method = 'GET', url = '/', headers } = incoming
  const isJson = headers['content-type'] === 'application/json'
  const key = headers['idempotency-key']
  return {
    method,
    path: url,
    body: isJson ? await json(incoming) : undefined,
    idempotencyKey: typeof key === 'string' ? key : undefined,
  }
}

/** A field of a JSON body as text; empty when it is not there. */
export function field(body: unknown, name: string): string {
  if (typeof body !== 'object' || body === null) return ''
  const value: unknown = Object.entries(body).find(([key]) => key === name)?.[1]
  return typeof value === 'string' ? value : ''
}
