// The HTTP server of a process: health, readiness, the API, and what other systems post.

import { randomUUID } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import { fastify, type FastifyInstance, type FastifyRequest, type RouteOptions } from 'fastify'
import type { JsonObject } from '../kernel/json.ts'
import { mountAuth } from './access/mount-auth.ts'
import type { People } from './access/people.ts'
import { readBodies } from './body.ts'
import { addHealth, type Readiness } from './health.ts'
import { addHooks, type HookReceivers } from './hooks.ts'
import { apiPrefix, checkRoutes, mountRoutes, type MountParts } from './mount.ts'
import { mountDecisions } from './pages/mount-decisions.ts'
import { openApiDocument } from './openapi/document.ts'
import { answerUnreadableAddress, answerWithProblems, pathOf, RefusedRequest, type Report } from './problem-reply.ts'
import { addReference } from './reference.ts'
import type { Access, Route } from './route.ts'
import { routes as allRoutes } from './routes.ts'
import { addSecurityHeaders, limitConnections, serverLimits } from './security-headers.ts'
import { addRequestSpans } from './request-spans.ts'
import { addMetrics, type Metrics, type MetricsAccess } from './metrics.ts'
import { createAddressReader } from './client-address.ts'
import type { SendSpan } from '../engine/tracing/span.ts'
import { tags } from './tags.ts'

export interface ServerParts extends Omit<MountParts, 'addressOf'> {
  readonly readiness: Readiness
  readonly receivers: HookReceivers
  readonly report: Report
  /** Public address, without a slash at its end. */
  readonly url: () => string
  readonly version: string
  /** Who runs this installation. */
  readonly email: string
  /** Requests a minute that one caller may send; no limit when 0. */
  readonly mostPerMinute: number
  readonly metrics?: { readonly metrics: Metrics; readonly access: MetricsAccess }
  readonly sendSpan?: SendSpan
  /** Proxies that are believed. */
  readonly trustedProxies?: readonly string[]
  /** Who signs in; undefined while the house is not open yet. */
  readonly people: () => People | undefined
  /** Before the server waits for what is under way: what would never end by itself is ended. */
  readonly onClose?: () => void
  /** Those of the product when absent. */
  readonly routes?: readonly Route[]
}

/** A callback's token names a tenant, an execution and a step, and carries a signature. */
const longestToken = 1000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may; a route without it fails the start. */
    access?: Access
  }
}

/** The server, not yet listening. Throws when a route does not declare who may use it. */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const { readiness, receivers, report, routes = allRoutes } = parts
  const { addressOf } = createAddressReader(parts.trustedProxies ?? [])
  checkRoutes(routes)
  const app = fastify({
    ...serverLimits,
    logger: false,
    frameworkErrors: answerUnreadableAddress,
    // Connections that are kept alive must not hold up the end of the process.
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: longestToken },
  })
  app.addHook('onRoute', refuseUndeclared)
  await addSecurityHeaders(app, { url: parts.url() })
  limitConnections(app)
  if (parts.sendSpan !== undefined) addRequestSpans(app, parts.sendSpan, Date.now)
  readBodies(app, [])
  answerWithProblems(app, report)
  addHeaders(app)
  logAnswers(app, report)
  if (parts.metrics !== undefined) addMetrics(app, parts.metrics.metrics, parts.metrics.access)
  addHealth(app, readiness)
  addHooks(app, receivers)
  await mountAuth(app, { people: parts.people, addressOf })
  await mountDecisions(app, { parts: parts.parts, addressOf })
  await addReference(app, () => openApi(parts))
  app.addHook('preClose', async () => parts.onClose?.())
  await app.register(
    async (api) => {
      readBodies(
        api,
        routes.flatMap(({ bodyTypes = [] }) => bodyTypes),
      )
      if (parts.mostPerMinute > 0) await limitRate(api, parts.mostPerMinute, addressOf)
      mountRoutes(api, routes, { ...parts, addressOf })
    },
    { prefix: apiPrefix },
  )
  return app
}

const openApi = ({ url, version, email, routes = allRoutes }: ServerParts): JsonObject =>
  openApiDocument(routes, { url: url(), version, email, prefix: apiPrefix, tags })

/** The pages of the reference are files that everybody may read. */
function refuseUndeclared({ url, method, config }: RouteOptions): void {
  if (config?.access !== undefined || url.startsWith('/docs')) return
  throw new Error(`The route ${String(method)} ${url} does not declare who may use it.`)
}

/** By who is signed in, else by address. */
async function limitRate(
  api: FastifyInstance,
  mostPerMinute: number,
  addressOf: (request: FastifyRequest) => string,
): Promise<void> {
  await api.register(rateLimit, {
    max: mostPerMinute,
    timeWindow: 60_000,
    // After it is known who asks, and before the body is read.
    hook: 'preParsing',
    enableDraftSpec: true,
    keyGenerator: (request) => {
      const { principal } = request
      return principal === undefined ? addressOf(request) : `${principal.tenantId} ${principal.id}`
    },
    errorResponseBuilder: (_, { max, after }) =>
      new RefusedRequest({
        code: 'rate_limited',
        message: `More than ${max} requests a minute were sent.`,
        hint: `Go on in ${after}.`,
      }),
  })
}

function addHeaders(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, _, done) => {
    void reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'x-request-id': request.id })
    done()
  })
}

function logAnswers(app: FastifyInstance, report: Report): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode, elapsedTime } = reply
    report('debug', 'A request was answered.', {
      request: request.id,
      method: request.method,
      path: pathOf(request),
      status: statusCode,
      ms: Math.round(elapsedTime),
    })
    done()
  })
}

/** Why the server cannot listen, in one sentence; undefined for an error of another kind. */
export function listenProblem(error: unknown, host: string, port: number): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Set PORT to a free one, or end the program that uses it.`
    case 'EACCES':
      return `Port ${port} on ${host} may not be opened by this user. Set PORT to one above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine. Set HOST to one that is, such as 127.0.0.1 or 0.0.0.0.`
    default:
      return undefined
  }
}
