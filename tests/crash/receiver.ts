// A receiver outside of the workers: it remembers idempotency keys, and so does each effect once however often it is asked.

import { createServer } from 'node:http'

export interface Receiver {
  readonly url: string
  /** How often each key came. */
  readonly asked: Map<string, number>
  close(): void
}

export async function startReceiver(): Promise<Receiver> {
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const key = request.headers['idempotency-key']
    request.resume().on('end', () => {
      if (typeof key !== 'string') return response.writeHead(400).end()
      asked.set(key, (asked.get(key) ?? 0) + 1)
      return response.writeHead(204).end()
    })
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/effect`, asked, close }
}
