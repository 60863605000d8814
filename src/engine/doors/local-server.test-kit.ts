// Real servers on the loopback for tests of the doors.

import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { HttpRequest } from '../../packs/kit.ts'
import { createHttpDoor } from './http-door.ts'
import type { HttpDoorOptions } from './http-door.ts'

export interface Received {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers with the listener; `received` holds every request with its body, and `host` is `address:port`. */
export async function serve(listener: RequestListener, address = '127.0.0.1', port = 0) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ method: request.method, path: request.url, headers: request.headers, body })
      listener(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, address, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
  const host = `${address}:${bound.port}`
  return { received, host, port: bound.port, url: `http://${host}` }
}

/** A door that is closed when the test ends, called as actions call it. */
export function openDoor(options: Partial<HttpDoorOptions> = {}) {
  const door = createHttpDoor({ allow: [], maxBytes: 100_000, timeoutMs: 20_000, ...options })
  onTestFinished(() => door.close())
  return (request: Partial<HttpRequest> & { url: string }, signal = new AbortController().signal) =>
    door.http({ method: 'GET', ...request }, signal)
}
