// What other systems post: webhooks that start executions, and the answers to callbacks.

import type { FastifyInstance } from 'fastify'
import type { Json } from '../kernel/json.ts'
import type { Result } from '../kernel/problem.ts'
import { replyProblems } from './problem-reply.ts'
import type { JsonBody } from './json-body.ts'

export interface Delivery {
  readonly token: string
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The body to the byte: signatures cover it. */
  readonly raw: string
  readonly data: Json
}

export interface HookReceivers {
  webhook(delivery: Delivery): Promise<Result<{ readonly executionId?: string; readonly created: boolean }>>
  callback(delivery: Delivery): Promise<Result<unknown>>
}

export function addHooks(app: FastifyInstance, receivers: HookReceivers): void {
  app.post<{ Params: { token: string }; Body: JsonBody | undefined }>('/hooks/:token', async (request, reply) => {
    const result = await receivers.webhook(deliveryOf(request))
    if (!result.ok) return replyProblems(reply, result.problems)
    const { executionId, created } = result.value
    return reply.code(202).send({ accepted: true, created, ...(executionId !== undefined && { execution_id: executionId }) })
  })
  app.post<{ Params: { token: string }; Body: JsonBody | undefined }>('/callbacks/:token', async (request, reply) => {
    const result = await receivers.callback(deliveryOf(request))
    return result.ok ? reply.code(202).send({ accepted: true }) : replyProblems(reply, result.problems)
  })
}

function deliveryOf(request: {
  readonly params: { readonly token: string }
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: JsonBody | undefined
}): Delivery {
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  )
  return {
    token: request.params.token,
    headers: Object.fromEntries(headers),
    raw: request.body?.raw ?? '',
    data: request.body?.data ?? null,
  }
}
