// What the example servers share: JSON in, JSON out, and a line for each request when they run by themselves.

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
  /** Hears of each request. */
  onRequest: (line: string) => void
  close(): Promise<void>
}

/** Listens on this machine alone. Port 0 takes any free one. */
export async function listen(port: number, answer: (request: Request) => Answer): Promise<RunningServer> {
  const received: Request[] = []
  const server = createServer((incoming, response) => {
    void readRequest(incoming).then((request) => {
      received.push(request)
      const { status, body } = answer(request)
      running.onRequest(`${request.method} ${request.path} → ${status}`)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = server.address()
  const url = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : port}`
  const running: RunningServer = { url, received, onRequest: () => {}, close }
  return running
}

/** For a server that is run by itself: says where it listens, and what it is asked. */
export function announce(server: RunningServer): void {
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  print(`Listening on ${server.url}`)
  server.onRequest = print
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
