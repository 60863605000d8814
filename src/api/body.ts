// Reads bodies: what a route takes and nothing else. JSON has no keys that reach a prototype.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Json } from '../kernel/json.ts'
import type { Problem } from '../kernel/problem.ts'
import { toPayload } from '../packs/payload.ts'
import { RefusedRequest } from './problem-reply.ts'

/** JSON is parsed and anything else left as text, both UTF-8; of which kinds a route takes, it says itself. */
export function readBodies(app: FastifyInstance, types: readonly string[]): void {
  app.removeAllContentTypeParsers()
  for (const type of new Set(['application/json', ...types])) {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, async (_: unknown, raw: Buffer) =>
      isJsonType(type) ? parseJson(textOf(raw)) : textOf(raw),
    )
  }
}

/** Media type of a request, without parameters, in lower case; empty when there is none. */
export function contentTypeOf({ headers }: FastifyRequest): string {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** Why a body is not read: it is compressed, and nobody knows how large it would become. Undefined when it is not. */
export function encodingProblem({ headers }: FastifyRequest): Problem | undefined {
  const { 'content-encoding': encoding = 'identity' } = headers
  if (encoding.trim().toLowerCase() === 'identity') return undefined
  return {
    code: 'unsupported_media_type',
    message: `The body must be sent as it is, not as ${encoding.slice(0, 60)}.`,
    hint: 'Leave out the header content-encoding.',
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Throws `RefusedRequest` for what is no text. */
function textOf(raw: Buffer): string {
  try {
    const text = utf8.decode(raw)
    if (!text.includes('\0')) return text
  } catch {
    throw new RefusedRequest({ code: 'malformed_request', message: 'The body is not UTF-8.' })
  }
  throw new RefusedRequest({ code: 'malformed_request', message: 'The body holds a NUL, which no text has.' })
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
