// What other systems post: webhooks that start executions, and the answers to callbacks.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PostedBody } from '../engine/triggers/webhooks.ts'
import type { Json } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { contentTypeOf, encodingProblem, parseJson } from './body.ts'
import { RefusedRequest, replyProblems } from './problem-reply.ts'

/** What became of a webhook: the execution it started, or why it started none. */
export interface WebhookEffect {
  readonly outcome: string
  readonly executionId?: string
}

export interface HookReceivers {
  /** Header names are in lower case. The body is not parsed yet: its signature is over the bytes. */
  webhook(token: string, headers: Readonly<Record<string, string>>, body: PostedBody): Promise<Result<WebhookEffect>>
  callback(token: string, body: Json): Promise<Result<unknown>>
}

interface Post {
  Params: { token: string }
  Body: Buffer | undefined
}

const config = { access: { open: 'The address holds a token that nobody can guess.' } }

export function addHooks(app: FastifyInstance, receivers: HookReceivers): void {
  void app.register(async (hooks) => {
    keepBytes(hooks)
    hooks.post<Post>('/hooks/:token', { config }, async ({ params, headers, body }, reply) => {
      const result = await receivers.webhook(params.token, flat(headers), posted(body))
      if (!result.ok) return replyProblems(reply, result.problems)
      const { outcome, executionId } = result.value
      return reply.code(202).send({ outcome, ...(executionId !== undefined && { execution_id: executionId }) })
    })
    hooks.post<Post>('/callbacks/:token', { config }, async ({ params, body }, reply) => {
      const data = posted(body).read()
      if (!data.ok) return replyProblems(reply, data.problems)
      const result = await receivers.callback(params.token, data.value)
      return result.ok ? reply.code(202).send({ outcome: 'accepted' }) : replyProblems(reply, result.problems)
    })
  })
}

/** In this scope alone: JSON of any kind, as it came. */
function keepBytes(hooks: FastifyInstance): void {
  hooks.removeAllContentTypeParsers()
  hooks.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json(?:$|[ ;])/i,
    { parseAs: 'buffer' },
    async (_: unknown, raw: Buffer) => raw,
  )
  hooks.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (contentTypeOf(request) === 'application/x-www-form-urlencoded') return replyProblems(reply, [form])
    const encoded = encodingProblem(request)
    if (encoded !== undefined) return replyProblems(reply, [encoded])
  })
}

const form: Problem = {
  code: 'unsupported_media_type',
  message: 'The body is a form, and must be JSON.',
  hint: 'Choose the content type application/json where the webhook is set up; GitHub offers both.',
}

function posted(raw: Buffer = Buffer.alloc(0)): PostedBody {
  return { raw, read: () => read(raw) }
}

function read(raw: Buffer): Result<Json> {
  try {
    return ok(parseJson(raw.toString('utf8')))
  } catch (error) {
    if (error instanceof RefusedRequest) return failed(error.problem)
    throw error
  }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  )
  return Object.fromEntries(entries)
}
