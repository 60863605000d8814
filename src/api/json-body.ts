// Reads bodies: JSON and nothing else, without keys that reach a prototype.

import type { FastifyInstance } from 'fastify'
import type { Json } from '../kernel/json.ts'
import { toPayload } from '../packs/payload.ts'
import { MalformedRequest } from './problem-reply.ts'

export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_: unknown, raw: string) => parseBody(raw))
}

/** An empty body is null. Throws `MalformedRequest`. */
function parseBody(raw: string): Json {
  if (raw.trim() === '') return null
  const payload = toPayload(parse(raw))
  if (payload.ok) return payload.value
  throw new MalformedRequest(`The body is refused: ${payload.problem}.`)
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch (error) {
    throw new MalformedRequest(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}
