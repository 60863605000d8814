// A server on a free port that answers as a test says.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface LocalServer {
  readonly url: string
  readonly received: readonly Received[]
}

/** Answers each request in turn; the last answer is given again and again. It ends with the test. */
export async function startLocalServer(
  ...answers: readonly ((response: ServerResponse, request: Received) => unknown)[]
): Promise<LocalServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body }
      received.push(one)
      answers[Math.min(received.length, answers.length) - 1]?.(response, one)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return { url: `http://127.0.0.1:${address.port}`, received }
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body))
  }

export const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  json(
    status,
    { status, code, title: code, detail: `It is ${code}.`, errors: [{ code, message: `It is ${code}.` }] },
    headers,
  )

export const hangUp = (response: ServerResponse): unknown => response.destroy()
