// The end of a server that loses no request: it is announced first, then nobody new is let in, and who is in may finish.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

export interface Drain {
  /**
   * Asks whoever is connected to go, lets requests under way end, and closes the server. What is not done after `mostMs` is
   * cut off.
   */
  close(mostMs: number): Promise<void>
}

/** So long may those who are connected take to notice; each answer tells them to close the connection. */
const noticeMs = 500
const lookEveryMs = 10

/** Call it before the server listens. Streams must end by themselves when the server closes (`preClose`). */
export function createDrain(app: FastifyInstance): Drain {
  let isDraining = false
  const connections = new Set<object>()
  const underWay = new Set<ServerResponse>()
  const askToGo = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('connection', 'close')
  }
  app.server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  app.server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
    if (isDraining) askToGo(response)
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
  })
  return {
    close: async (mostMs) => {
      const deadline = performance.now() + mostMs
      const noticed = Math.min(deadline, performance.now() + noticeMs)
      isDraining = true
      for (const response of underWay) askToGo(response)
      // A connection that is closed while a request is on its way breaks it, so first they are asked to close it themselves.
      while (connections.size > 0 && performance.now() < noticed) await pause(lookEveryMs)
      const timer = setTimeout(() => app.server.closeAllConnections(), Math.max(0, deadline - performance.now()))
      await app.close()
      clearTimeout(timer)
    },
  }
}
