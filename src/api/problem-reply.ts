// Problems over HTTP: every answer that is not a success is a problem body of RFC 9457.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JsonObject } from '../kernel/json.ts'
import { type Problem, problemKinds } from '../kernel/problem.ts'

export type Report = (level: 'debug' | 'error', message: string, detail: JsonObject) => void

/** Answers with all problems; the first one decides the status. */
export function replyProblems(reply: FastifyReply, problems: readonly Problem[]): FastifyReply {
  const [first = unknownProblem] = problems
  const { status, title, retry } = problemKinds[first.code]
  if (retry) void reply.header('retry-after', '1')
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

/** Thrown where a request cannot be read. */
export class MalformedRequest extends Error {}

function problemOf(error: unknown, request: FastifyRequest, report: Report): Problem {
  if (error instanceof MalformedRequest) return { code: 'malformed_request', message: error.message }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = refusals[code]
  if (known !== undefined) return known
  const message = error instanceof Error ? error.message : String(error)
  // What an internal error says may name things of other tenants: it goes to the log, not to the caller.
  report('error', 'A request failed.', { request: request.id, path: pathOf(request), error: message })
  return { ...unknownProblem, hint: `The log names it under request ${request.id}.` }
}

/** Without the token that ends the path: it is a secret. */
export function pathOf(request: FastifyRequest): string {
  const { url } = request.routeOptions
  return url ?? request.url.split('?', 1)[0]?.slice(0, 200) ?? ''
}
