// The way out for HTTP: guarded addresses, redirects checked one by one, limits on size and time.

import type * as Undici from 'undici'
import type { Agent, Dispatcher } from 'undici'
import { isPrototypeKey } from '../../kernel/json.ts'
import { ActionError } from '../../packs/kit.ts'
import type { HttpRequest, HttpResponse } from '../../packs/kit.ts'
import { readAllowList } from './allow-list.ts'
import { guardedConnector, systemResolve } from './guard.ts'
import type { Resolve } from './guard.ts'
import { readLimited, tooLarge } from './http-body.ts'
import { firstHop, nextHop } from './http-hop.ts'
import type { Hop } from './http-hop.ts'
import type { HopCheck } from '../gate/guarded-doors.ts'

export interface HttpDoorOptions {
  /** Internal targets that may be called: hosts, `host:port`, networks (CIDR). */
  readonly allow: readonly string[]
  /** Largest response body; a request can ask for less. */
  readonly maxBytes: number
  /** For a whole call, redirects and body included, unless the request says otherwise. */
  readonly timeoutMs: number
  readonly resolve?: Resolve
}

export interface HttpDoor {
  /** `mayFollow` is asked before each redirect is followed, and throws where it must not be. */
  readonly http: (request: HttpRequest, signal: AbortSignal, mayFollow?: HopCheck) => Promise<HttpResponse>
  /** Ends all connections, also those in use. */
  close(): Promise<void>
}

/** Throws when the allow-list cannot be read. No proxy of the environment is used: it would connect past the guard. */
export function createHttpDoor(options: HttpDoorOptions): HttpDoor {
  const connect = guardedConnector(readAllowList(options.allow), options.resolve ?? systemResolve)
  let client: Promise<Client> | undefined
  return {
    http: async (request, signal, mayFollow) =>
      call(request, signal, await (client ??= openClient(connect)), { ...options, mayFollow }),
    close: async () => (await client)?.agent.destroy(),
  }
}

interface Client {
  readonly agent: Agent
  readonly send: typeof Undici.request
}

/** Loaded with the first call: who never calls out spares its memory. */
async function openClient(connect: ReturnType<typeof guardedConnector>): Promise<Client> {
  const undici = await import('undici')
  // The deadline of the call bounds headers and body; a timer per chunk would let a slow sender go on for ever.
  return { agent: new undici.Agent({ connect, headersTimeout: 0, bodyTimeout: 0 }), send: undici.request }
}

async function call(
  request: HttpRequest,
  signal: AbortSignal,
  client: Client,
  options: HttpDoorOptions & { readonly mayFollow: HopCheck | undefined },
): Promise<HttpResponse> {
  const timeoutMs = request.timeoutMs ?? options.timeoutMs
  const timeout = AbortSignal.timeout(timeoutMs)
  const hop = firstHop(request)
  try {
    return await follow(hop, request, {
      client,
      signal: AbortSignal.any([signal, timeout]),
      maxBytes: Math.min(request.maxBytes ?? options.maxBytes, options.maxBytes),
      cutsBody: request.cutsBody === true,
      mayFollow: options.mayFollow,
    })
  } catch (error) {
    if (signal.aborted)
      throw new ActionError('http_failed', `The call to ${hop.url.host} was stopped.`, { retry: true })
    if (timeout.aborted)
      throw new ActionError('http_failed', `${hop.url.host} did not answer within ${timeoutMs} ms.`, { retry: true })
    throw toActionError(error, hop.url.host)
  }
}

interface Limits {
  readonly client: Client
  readonly signal: AbortSignal
  readonly maxBytes: number
  readonly cutsBody: boolean
  readonly mayFollow: HopCheck | undefined
}

async function follow(first: Hop, { maxRedirects = 0 }: HttpRequest, limits: Limits): Promise<HttpResponse> {
  let hop = first
  for (let left = maxRedirects; ; left--) {
    const response = await sendHop(hop, limits)
    const next = maxRedirects > 0 ? tryNextHop(hop, response) : undefined
    if (next === undefined) return read(hop, response, limits)
    discard(response.body)
    if (left === 0)
      throw new ActionError('http_refused', `${first.url.host} redirects more than ${maxRedirects} times.`)
    await limits.mayFollow?.(next.url)
    hop = next
  }
}

function sendHop({ method, url, headers, body }: Hop, { client, signal }: Limits): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = url
  return client.send(origin + pathname + search, {
    dispatcher: client.agent,
    method,
    signal,
    headers: Object.fromEntries(headers),
    ...(body !== undefined && { body }),
  })
}

function tryNextHop(hop: Hop, response: Dispatcher.ResponseData): Hop | undefined {
  try {
    return nextHop(hop, response.statusCode, flatten(response.headers)['location'])
  } catch (error) {
    discard(response.body)
    throw error
  }
}

async function read(
  { method, url }: Hop,
  { statusCode: status, headers: raw, body: stream }: Dispatcher.ResponseData,
  { maxBytes, cutsBody }: Limits,
): Promise<HttpResponse> {
  const { 'content-encoding': encoding, 'content-length': length, ...headers } = flatten(raw)
  // Such an answer may still name the length and encoding that a body would have (RFC 9110, section 8.6).
  const isEmpty = method === 'HEAD' || status === 204 || status === 304 || length === '0'
  if (!isEmpty && !cutsBody && Number(length) > maxBytes) {
    discard(stream)
    throw tooLarge(maxBytes)
  }
  const body = await readLimited(stream, isEmpty ? undefined : encoding, maxBytes, cutsBody)
  return { status, url: url.href, headers, body }
}

/** Without reading it: the body of a redirect may be endless. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {}).destroy()
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !isPrototypeKey(name)) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

/** Requests that undici would not send, and answers whose headers are too large, stay so at the next try. */
const lasting: ReadonlySet<string> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_HEADERS_OVERFLOW',
])

function toActionError(error: unknown, host: string): ActionError {
  if (error instanceof ActionError) return error
  const reason = error instanceof Error ? error.message || error.name : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (lasting.has(code)) return new ActionError('http_refused', `The request to ${host} cannot be made: ${reason}`)
  return new ActionError('http_failed', `${host} could not be reached or broke off: ${code || reason}`, { retry: true })
}
