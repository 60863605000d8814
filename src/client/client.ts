// The typed client of the API, for browsers and Node.js.

import createFetchClient, { type Middleware } from 'openapi-fetch'
import { keyedRequests, type paths } from './api.generated.ts'
import { type ExecutionEvent, followExecution } from './follow.ts'
import { type Patience, patientFetch, type Send, usualPatience } from './patient-fetch.ts'
import { problemOf } from './problem-error.ts'

export interface ClientOptions extends Partial<Patience> {
  /** Where Countersign is, such as `https://countersign.example.com`. */
  readonly url: string
  /** An API key; without one the browser's session is used. */
  readonly key?: string
  readonly fetch?: Send
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The paths that take a method. */
export type PathOf<M extends Method> = { [P in keyof paths]: M extends keyof paths[P] ? P : never }[keyof paths]

type OperationOf<M extends Method, P extends keyof paths> = M extends keyof paths[P] ? paths[P][M] : never

type ParamsOf<Operation> = Operation extends { parameters: infer Params }
  ? object extends Params
    ? { readonly params?: Params }
    : { readonly params: Params }
  : never

type BodyOf<Operation> = Operation extends { requestBody: { content: infer Content } }
  ? { readonly body: Content[keyof Content] }
  : Operation extends { requestBody?: { content: infer Content } }
    ? { readonly body?: Content[keyof Content] }
    : { readonly body?: never }

interface CallOptions {
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

type InitOf<Operation> = ParamsOf<Operation> & BodyOf<Operation> & CallOptions

type ArgumentsOf<Operation> = object extends InitOf<Operation> ? [init?: InitOf<Operation>] : [init: InitOf<Operation>]

/** What an operation answers with when it succeeds; undefined where that is no body. */
type DataOf<Operation> = Operation extends { responses: infer Answers }
  ? {
      [Status in keyof Answers & number]: Answers[Status] extends { content: infer Content }
        ? Content[keyof Content]
        : undefined
    }[keyof Answers & number]
  : never

export interface Answer<Data> {
  readonly data: Data
  /** For its headers, such as `etag`. */
  readonly response: Response
}

type Call<M extends Method> = <P extends PathOf<M>>(
  path: P,
  ...init: ArgumentsOf<OperationOf<M, P>>
) => Promise<Answer<DataOf<OperationOf<M, P>>>>

/**
 * Each call resolves with what the operation answers when it succeeds. It throws `ProblemError` for every other answer,
 * `ConnectionError` when none came, and the signal's reason when it was aborted.
 */
export interface Client {
  readonly GET: Call<'get'>
  readonly POST: Call<'post'>
  readonly PUT: Call<'put'>
  readonly PATCH: Call<'patch'>
  readonly DELETE: Call<'delete'>
  /** All that happens in an execution, from its start to its end, whenever one begins to follow it. */
  follow(executionId: string, options?: { readonly signal?: AbortSignal }): AsyncGenerator<ExecutionEvent>
}

const apiPath = '/api/v1'

export function createClient(options: ClientOptions): Client {
  const patience: Patience = { ...usualPatience, ...options }
  const baseUrl = `${options.url.replace(/\/+$/, '')}${apiPath}`
  const headers = options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }
  const send: Send = options.fetch ?? ((request) => fetch(request))
  const untyped = createFetchClient<AnyPaths>({ baseUrl, headers, fetch: patientFetch(send, patience) })
  untyped.use(keys, problems)
  const call =
    (method: Method) =>
    async (path: string, init: AnyInit = {}) => {
      const { data, response } = await untyped.request(method, path, init)
      // oxlint-disable-next-line typescript/consistent-type-assertions -- what a path answers is what its generated type says
      return { data, response } as never
    }
  const open = (executionId: string) => (lastEventId: string, signal: AbortSignal) => {
    const resumed = lastEventId === '' ? {} : { 'last-event-id': lastEventId }
    const query = String(new URLSearchParams({ topics: `execution:${executionId}`, from: 'start' }))
    const accept = 'text/event-stream'
    return send(new Request(`${baseUrl}/stream?${query}`, { headers: { ...headers, accept, ...resumed }, signal }))
  }
  const read: Call<'get'> = call('get')
  return {
    GET: read,
    POST: call('post'),
    PUT: call('put'),
    PATCH: call('patch'),
    DELETE: call('delete'),
    follow: (id, { signal = new AbortController().signal } = {}) =>
      followExecution(
        { retries: patience.retries, open: open(id), goesOn: (end, either) => goesOn(read, end, either) },
        signal,
      ),
  }
}

/** The journal numbers events without gaps, and an event's id ends with its number. */
async function goesOn(
  read: Call<'get'>,
  { executionId: id, data }: ExecutionEvent,
  signal: AbortSignal,
): Promise<boolean> {
  const { id: eventId } = data
  const offset = typeof eventId === 'string' ? Number(eventId.split('/').at(-1)) : 0
  const params = { path: { id }, query: { limit: 1, offset } }
  const { data: page } = await read('/executions/{id}/journal', { params, signal })
  return page.items.length > 0
}

interface AnyInit {
  readonly params?: object
  readonly body?: unknown
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  readonly [more: string]: unknown
}

/** The implementation knows of no single path: what each takes and answers is what the generated types say. */
type AnyPaths = Record<
  string,
  Record<
    Method,
    {
      parameters: object
      requestBody?: { content: { 'application/json': unknown } }
      responses: { 200: { content: { 'application/json': unknown } } }
    }
  >
>

/** The same key for every try of a request, so that it is done once. */
const keys: Middleware = {
  onRequest({ request, schemaPath }) {
    if (!keyedRequests.has(`${request.method} ${schemaPath}`) || request.headers.has('idempotency-key'))
      return undefined
    request.headers.set('idempotency-key', newKey())
    return request
  },
}

const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response)
  },
}

/** `crypto.randomUUID` is absent from pages that came over plain HTTP. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
