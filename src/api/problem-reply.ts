// Problems over HTTP: every answer that is not a success is a problem body of RFC 9457.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JsonObject } from '../kernel/json.ts'
import { type Problem, problemKinds } from '../kernel/problem.ts'

export type Report = (level: 'debug' | 'error', message: string, detail: JsonObject) => void

/** Answers with all problems; the first one decides the status. */
export function replyProblems(reply: FastifyReply, problems: readonly Problem[]): FastifyReply {
  const [first = unknownProblem] = problems
  const { status, title, retry } = problemKinds[first.code]
  if (retry && !reply.hasHeader('retry-after')) void reply.header('retry-after', '1')
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="countersign"')
  return reply
    .code(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `urn:countersign:problem:${first.code}`,
        title,
        status,
        detail: first.message,
        code: first.code,
        errors: problems,
      }),
    )
}

/** Makes a problem body of everything that goes wrong before or in a route. */
export function answerWithProblems(app: FastifyInstance, report: Report): void {
  app.setNotFoundHandler((request, reply) =>
    replyProblems(reply, [{ code: 'not_found', message: `There is nothing at ${request.method} ${pathOf(request)}.` }]),
  )
  app.setErrorHandler((error, request, reply) => replyProblems(reply, [problemOf(error, request, report)]))
}

/** An option of `fastify()`: answers where an address cannot even be looked up. */
export function answerUnreadableAddress(error: Error, _: FastifyRequest, reply: FastifyReply): void {
  void replyProblems(reply, [refusedBelow(error) ?? unknownProblem])
}

const unknownProblem: Problem = { code: 'internal', message: 'The request failed.' }

/** What Fastify refuses by itself. */
const refusals: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'payload_too_large',
    message: 'The body is larger than 1 MB.',
    hint: 'Send a reference instead.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    message: 'The body must be JSON.',
    hint: 'Send content-type: application/json.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'malformed_request',
    message: 'The body is not as long as content-length says.',
  },
}

const again: Problem = {
  code: 'unavailable',
  message: 'Somebody else changed the same at the same moment. Send it again.',
}
const starting: Problem = { code: 'unavailable', message: 'The database cannot be reached right now. Send it again.' }

/** What the database refuses, by SQLSTATE or by the driver's code. */
const databaseRefusals: Readonly<Record<string, Problem>> = {
  '40001': again,
  '40P01': again,
  '55P03': again,
  '57014': { code: 'unavailable', message: 'The database took too long. Ask for less, or send it again.' },
  '57P01': starting,
  '57P02': starting,
  '57P03': starting,
  '08006': starting,
  '53300': starting,
  ECONNREFUSED: starting,
  ECONNRESET: starting,
  EPIPE: starting,
  ENOENT: starting,
  '23505': { code: 'conflict', message: 'There is one of this name already.' },
}

/** Thrown where a request is refused before it is handled. */
export class RefusedRequest extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

function problemOf(error: unknown, request: FastifyRequest, report: Report): Problem {
  if (error instanceof RefusedRequest) return error.problem
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = refusals[code] ?? databaseRefusals[code] ?? refusedBelow(error)
  if (known !== undefined) return known
  const message = error instanceof Error ? error.message : String(error)
  // What an internal error says may name things of other tenants: it goes to the log, not to the caller.
  report('error', 'A request failed.', { request: request.id, path: pathOf(request), error: message })
  return { ...unknownProblem, hint: `The log names it under request ${request.id}.` }
}

/** What the server or a part of it has refused as the caller's mistake; its words are not ours. */
function refusedBelow(error: unknown): Problem | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined
  if (status === 403 || status === 404 || status === 414)
    return { code: 'not_found', message: 'There is nothing at this address.' }
  return { code: 'malformed_request', message: 'The request cannot be read.' }
}

/** Without the token that ends the path: it is a secret. */
export function pathOf(request: FastifyRequest): string {
  const { url } = request.routeOptions
  return url ?? request.url.split('?', 1)[0]?.slice(0, 200) ?? ''
}
