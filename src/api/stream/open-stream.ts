// Opens a stream: an answer that goes on until somebody ends it (Server-Sent Events, HTML Living Standard 9.2).

import type { FastifyReply, FastifyRequest } from 'fastify'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import type { Principal } from '../principal.ts'
import type { StreamHub } from './hub.ts'
import { StreamListener } from './stream-listener.ts'
import { parseStreamId } from './stream-position.ts'
import type { Topics } from './topics.ts'

export interface StreamRequest {
  readonly principal: Pick<Principal, 'tenantId' | 'kind' | 'id' | 'via'>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly topics: Topics
  /** The id of the last event that was received, as the client says it. */
  readonly lastEventId: string | undefined
  /** Whether the session or key still stands, with the role and scopes that it had; asked every few seconds. */
  readonly stillAllowed: () => Promise<boolean>
}

/** Takes the connection over. Problems: `malformed_request` (no such position), `rate_limited`, `unavailable`. */
export function openStream(hub: StreamHub, given: StreamRequest): Result<'hijacked'> {
  const { principal, request, reply, topics, lastEventId, stillAllowed } = given
  const from = lastEventId === undefined || lastEventId === '' ? undefined : parseStreamId(lastEventId)
  if (from === undefined && lastEventId !== undefined && lastEventId !== '') {
    return failed({
      code: 'malformed_request',
      message: `"${lastEventId.slice(0, 100)}" is no id of an event of this stream.`,
      hint: 'Send the id of the last event as it came, or none to begin now.',
    })
  }
  const owner = `${principal.kind}:${principal.id}`
  const refusal = hub.refusal(principal.tenantId, owner)
  if (refusal !== undefined) return failed(refusal)
  reply.hijack()
  const { raw } = reply
  // What every answer has, Fastify would write.
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-content-type-options': 'nosniff',
    'x-request-id': request.id,
    // nginx would gather the events else.
    'x-accel-buffering': 'no',
  })
  const credential = `${principal.via.kind}:${principal.via.id}`
  const listener = new StreamListener(
    { tenantId: principal.tenantId, owner, credential, topics, stillAllowed, sink: raw },
    from,
  )
  raw.once('close', () => hub.leave(listener))
  raw.on('error', () => hub.leave(listener))
  // It comes back and tries again.
  hub.join(listener, from).catch(() => hub.leave(listener))
  return ok('hijacked')
}
