// The HTTP server of a process: health, readiness, and what other systems post.

import { randomUUID } from 'node:crypto'
import { fastify, type FastifyInstance } from 'fastify'
import { addHealth, type Readiness } from './health.ts'
import { addHooks, type HookReceivers } from './hooks.ts'
import { acceptJsonOnly } from './json-body.ts'
import { answerWithProblems, pathOf, type Report } from './problem-reply.ts'

export interface ServerParts {
  readonly readiness: Readiness
  readonly receivers: HookReceivers
  readonly report: Report
}

const mostBytes = 1_000_000
/** A callback's token names a tenant, an execution and a step, and carries a signature. */
const longestToken = 1000

/** The server, not yet listening. */
export function createServer({ readiness, receivers, report }: ServerParts): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: mostBytes,
    requestTimeout: 30_000,
    // Connections that are kept alive must not hold up the end of the process.
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: longestToken },
  })
  acceptJsonOnly(app)
  answerWithProblems(app, report)
  app.addHook('onSend', async (request, reply) => {
    void reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'x-request-id': request.id })
  })
  app.addHook('onResponse', async (request, reply) => {
    const { statusCode, elapsedTime } = reply
    report('debug', 'A request was answered.', {
      request: request.id,
      method: request.method,
      path: pathOf(request),
      status: statusCode,
      ms: Math.round(elapsedTime),
    })
  })
  addHealth(app, readiness)
  addHooks(app, receivers)
  return app
}

/** Why the server cannot listen, in one sentence; undefined for an error of another kind. */
export function listenProblem(error: unknown, host: string, port: number): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Set PORT to a free one, or end the program that uses it.`
    case 'EACCES':
      return `Port ${port} on ${host} may not be opened by this user. Set PORT to one above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine. Set HOST to one that is, such as 127.0.0.1 or 0.0.0.0.`
    default:
      return undefined
  }
}
