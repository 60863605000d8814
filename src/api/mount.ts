// Puts routes on the server: who may, what was given, one transaction, one answer.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isPermission, may } from '../kernel/access/permissions.ts'
import type { Problem, Result } from '../kernel/problem.ts'
import { keepOrUndo } from '../record/tenant-transaction.ts'
import { contentTypeOf, encodingProblem } from './body.ts'
import type { Given } from './given.ts'
import { answerOnce } from './idempotency.ts'
import { OpenContext } from './open-context.ts'
import type { ApiParts } from './parts.ts'
import type { Principal } from './principal.ts'
import { RefusedRequest, replyProblems } from './problem-reply.ts'
import { type CallContext, hijacked, type Reply, type RequestFacts, type Route } from './route.ts'
import { traceparentOf } from './traceparent.ts'

export const apiPrefix = '/api/v1'

/** Who a request is from. Problems: `unauthenticated`, `forbidden` (a forged page, or nobody's member). */
export type Authenticate = (request: FastifyRequest) => Promise<Result<Principal>>

export interface MountParts {
  /** Undefined while the house is not open yet. */
  readonly parts: () => ApiParts | undefined
  readonly authenticate: Authenticate
  /** IP address of the caller. */
  readonly addressOf: (request: FastifyRequest) => string
  /** Holds each answer against the schema that the route declares; for tests. */
  readonly checksAnswers?: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined
  }
}

export function mountRoutes(app: FastifyInstance, routes: readonly Route[], mounting: MountParts): void {
  app.decorateRequest('principal', undefined)
  for (const route of routes) {
    app.route({
      method: route.method,
      url: urlOf(route.path),
      exposeHeadRoute: hasHead(route),
      config: {
        access: route.access,
        ...(route.mostPerMinute !== undefined && { rateLimit: { max: route.mostPerMinute } }),
      },
      ...(route.bodyLimit !== undefined && { bodyLimit: route.bodyLimit }),
      onRequest: async (request, reply) => {
        const refused = await admit(route, request, mounting)
        if (refused !== undefined) return replyProblems(reply, refused)
      },
      handler: async (request, reply) => answer(route, request, reply, mounting),
    })
  }
  refuseOtherMethods(app, routes)
}

/** What a path has no route for: RFC 9110 wants the methods that it has beside the refusal. */
function refuseOtherMethods(app: FastifyInstance, routes: readonly Route[]): void {
  for (const [path, there] of Map.groupBy(routes, ({ path: each }) => each)) {
    const methods = there.flatMap((route) => (hasHead(route) ? [route.method, 'HEAD'] : [route.method]))
    const allow = [...methods, 'OPTIONS'].join(', ')
    app.route({
      method: app.supportedMethods.filter((method) => !methods.includes(method)),
      url: urlOf(path),
      config: { access: { open: 'It does nothing.' } },
      // Before a body is read.
      onRequest: async (request, reply) => {
        void reply.header('allow', allow)
        if (request.method === 'OPTIONS') return reply.code(204).send()
        const message = `${request.method} is not possible here; ${allow} are.`
        return replyProblems(reply, [{ code: 'method_not_allowed', message }])
      },
      handler: () => {},
    })
  }
}

/** A GET has; but one whose answer does not end would not end for its HEAD either. */
function hasHead({ method, answers }: Route): boolean {
  return method === 'GET' && answers[200]?.type !== 'text/event-stream'
}

const urlOf = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** Why a request may not go on, before its body is read; undefined when it may. */
async function admit(
  { access, body, bodyTypes = [] }: Route,
  request: FastifyRequest,
  { parts, authenticate }: MountParts,
): Promise<readonly Problem[] | undefined> {
  if (parts() === undefined) {
    return [{ code: 'unavailable', message: 'Countersign is starting. Send it again in a second.' }]
  }
  if (typeof access === 'string') {
    const principal = await authenticate(request)
    if (!principal.ok) return principal.problems
    request.principal = principal.value
    const { role, scopes } = principal.value
    if (!may(role, access, scopes)) return [notAllowed(principal.value, access)]
  }
  const encoded = body === undefined ? undefined : encodingProblem(request)
  if (encoded !== undefined) return [encoded]
  const type = contentTypeOf(request)
  if (body === undefined || type === '' || ['application/json', ...bodyTypes].includes(type)) return undefined
  return [
    { code: 'unsupported_media_type', message: `The body must be ${sayTypes(bodyTypes)}, not ${type.slice(0, 60)}.` },
  ]
}

function notAllowed({ role, scopes }: Principal, access: Exclude<Route['access'], object>): Problem {
  const isScope = may(role, access)
  return {
    code: 'forbidden',
    message: isScope ? `This API key lacks the scope "${access}".` : `The role "${role}" does not have "${access}".`,
    hint: isScope ? `Its scopes are ${scopes?.join(', ') ?? ''}.` : 'An owner or admin can change the role.',
  }
}

const sayTypes = (types: readonly string[]): string => ['application/json', ...types].join(' or ')

async function answer(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  mounting: MountParts,
): Promise<FastifyReply> {
  const parts = mounting.parts()
  if (parts === undefined) throw new Error('The house was closed between two hooks of a request')
  const given = { params: request.params, query: request.query, body: request.body ?? undefined }
  refuseNul(given)
  const context = contextOf(request, reply, parts, mounting)
  const result = await inOneTransaction(route, given, context)
  if (!result.ok) return replyProblems(reply, result.problems)
  if (result.value === hijacked) return reply
  if (mounting.checksAnswers === true) checkAnswer(route, result.value)
  return send(reply, route, result.value)
}

function contextOf(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: ApiParts,
  { addressOf }: MountParts,
): Omit<CallContext, 'db' | 'principal'> {
  const facts: RequestFacts = {
    id: request.id,
    address: addressOf(request),
    traceparent: traceparentOf(request.headers.traceparent),
    ifMatch: request.headers['if-match'],
    idempotencyKey: headerOf(request, 'idempotency-key'),
    contentType: contentTypeOf(request),
  }
  return { parts, request: facts, raw: { request, reply } }
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** What a handler does is kept when it succeeds; of what it refuses or fails in nothing is left, unless the refusal says so. */
async function inOneTransaction(
  route: Route,
  given: Given,
  context: Omit<CallContext, 'db' | 'principal'>,
): Promise<Result<Reply | typeof hijacked>> {
  const { principal } = context.raw.request
  // An open route is nobody's: it has no tenant, and whatever it needs of one it finds by what it was given.
  if (principal === undefined) return route.run(given, new OpenContext(context))
  return keepOrUndo(context.parts.database, principal.tenantId, (db) =>
    answerOnce(route, given, { ...context, principal, db }),
  )
}

/** The database holds no NUL, and no route looks for one. */
function refuseNul({ params, query }: Given): void {
  const values = [params, query].flatMap((given) =>
    typeof given === 'object' && given !== null ? Object.values<unknown>({ ...given }) : [],
  )
  for (const text of values.flat()) {
    if (typeof text === 'string' && (text.includes('\0') || !text.isWellFormed())) {
      throw new RefusedRequest({ code: 'malformed_request', message: 'The address holds characters that no text has.' })
    }
  }
}

function send(reply: FastifyReply, { answers }: Route, answered: Reply): FastifyReply {
  const { status, body, headers = {} } = answered
  void reply.code(status).headers(headers)
  if (body === undefined) return reply.send()
  const type = answers[status]?.type ?? 'application/json; charset=utf-8'
  void reply.type(type)
  if (!type.startsWith('application/json')) return reply.send(body)
  return reply.send(answered.isShared === true ? sharedText(answered, body) : JSON.stringify(body))
}

const sharedTexts = new WeakMap<Reply, Buffer>()

function sharedText(answered: Reply, body: unknown): Buffer {
  const known = sharedTexts.get(answered)
  if (known !== undefined) return known
  const text = Buffer.from(JSON.stringify(body))
  sharedTexts.set(answered, text)
  return text
}

function checkAnswer({ operation, answers }: Route, { status, body }: Reply): void {
  const shape = answers[status]
  if (shape === undefined) throw new Error(`${operation} answers ${status}, which it does not declare`)
  const checked = shape.schema?.safeParse(body === undefined ? undefined : JSON.parse(JSON.stringify(body)))
  if (checked?.success === false)
    throw new Error(`${operation} breaks the schema of its answer: ${checked.error.message}`)
}

/** Why the routes cannot be served: each must say who may use it, and what it is. Throws at the start. */
export function checkRoutes(routes: readonly Route[]): void {
  const seen = new Set<string>()
  for (const { method, path, operation, access } of routes) {
    if (typeof access === 'string' ? !isPermission(access) : access.open === '')
      throw new Error(`${method} ${path} declares no permission.`)
    for (const key of [operation, `${method} ${path}`]) {
      if (seen.has(key)) throw new Error(`Two routes are ${key}.`)
      seen.add(key)
    }
  }
}
