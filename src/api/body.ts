// Reads bodies: what a route takes and nothing else. JSON has no keys that reach a prototype.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Json } from '../kernel/json.ts'
import { toPayload } from '../packs/payload.ts'
import { RefusedRequest } from './problem-reply.ts'

/** JSON is parsed and anything else left as text; of which kinds a route takes, it says itself. */
export function readBodies(app: FastifyInstance, types: readonly string[]): void {
  app.removeAllContentTypeParsers()
  for (const type of new Set(['application/json', ...types])) {
    app.addContentTypeParser(type, { parseAs: 'string' }, async (_: unknown, raw: string) =>
      isJsonType(type) ? parseJson(raw) : raw,
    )
  }
}

/** Media type of a request, without parameters, in lower case; empty when there is none. */
export function contentTypeOf({ headers }: FastifyRequest): string {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** RFC 6839: the suffix says that it is JSON. */
export function isJsonType(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}

/** An empty body is null. Throws `RefusedRequest`. */
export function parseJson(raw: string): Json {
  if (raw.trim() === '') return null
  const payload = toPayload(parse(raw))
  if (payload.ok) return payload.value
  throw new RefusedRequest({ code: 'malformed_request', message: `The body is refused: ${payload.problem}.` })
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RefusedRequest({ code: 'malformed_request', message: `The body is not JSON: ${why}.` })
  }
}
