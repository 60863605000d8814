// What other systems post: webhooks that start executions, and the answers to callbacks.

import type { FastifyInstance } from 'fastify'
import type { Json } from '../kernel/json.ts'
import type { Result } from '../kernel/problem.ts'
import { replyProblems } from './problem-reply.ts'

/** What became of a webhook: the execution it started, or why it started none. */
export interface WebhookEffect {
  readonly outcome: string
  readonly executionId?: string
}

export interface HookReceivers {
  /** Header names are in lower case. */
  webhook(token: string, headers: Readonly<Record<string, string>>, body: Json): Promise<Result<WebhookEffect>>
  callback(token: string, body: Json): Promise<Result<unknown>>
}

interface Post {
  Params: { token: string }
  Body: Json | undefined
}

export function addHooks(app: FastifyInstance, receivers: HookReceivers): void {
  app.post<Post>('/hooks/:token', async ({ params, headers, body }, reply) => {
    const result = await receivers.webhook(params.token, flat(headers), body ?? null)
    if (!result.ok) return replyProblems(reply, result.problems)
    const { outcome, executionId } = result.value
    return reply.code(202).send({ outcome, ...(executionId !== undefined && { execution_id: executionId }) })
  })
  app.post<Post>('/callbacks/:token', async ({ params, body }, reply) => {
    const result = await receivers.callback(params.token, body ?? null)
    return result.ok ? reply.code(202).send({ outcome: 'accepted' }) : replyProblems(reply, result.problems)
  })
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  )
  return Object.fromEntries(entries)
}
