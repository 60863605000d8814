// Metrics for Prometheus: of the engine, the HTTP server and the database of this process, at `GET /metrics`.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { EngineWatch } from '../engine/watch.ts'
import { Histogram } from './histogram.ts'
import { EngineMetrics } from './metrics-engine.ts'
import { createGauges, type MetricSources } from './metrics-gauges.ts'
import { replyProblems } from './problem-reply.ts'

const httpBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

export interface Metrics {
  /** Hand it to the engine. */
  readonly watch: EngineWatch
  readonly contentType: string
  text(): Promise<string>
  /** `route` is the pattern, never the path. */
  observeRequest(method: string, route: string, status: number, seconds: number): void
}

/** One for each process. */
export function createMetrics(sources: MetricSources): Metrics {
  const engine = new EngineMetrics()
  const registry = createGauges(sources, engine)
  const requests = new Histogram({
    name: 'countersign_http_request_seconds',
    help: 'How long requests took, by route, method and status.',
    labels: ['route', 'method', 'status'],
    bounds: httpBounds,
  })
  return {
    watch: engine,
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}\n${engine.text()}${requests.text()}`,
    observeRequest: (method, route, status, seconds) => requests.cell(route, method, String(status)).observe(seconds),
  }
}

export interface MetricsAccess {
  readonly host: string
  /** The public address. */
  readonly url: string
  /** METRICS_TOKEN */
  readonly token: string | undefined
}

/**
 * Counts the requests, and answers `GET /metrics`: with a token to whoever has it; without one only where neither the
 * address it listens on nor the public one leads here from another machine. Otherwise there is nothing at that path.
 */
export function addMetrics(app: FastifyInstance, metrics: Metrics, { host, url, token }: MetricsAccess): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000)
    done()
  })
  if (token === undefined && !(isLoopback(host) && isLoopback(new URL(url).hostname))) return
  const config = { access: { open: 'Prometheus has a token of its own, or comes from this machine.' } }
  app.get('/metrics', { config }, async (request, reply) => {
    if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
      return replyProblems(reply, [
        { code: 'unauthenticated', message: 'Metrics need a token.', hint: 'Send METRICS_TOKEN as a bearer token.' },
      ])
    }
    return reply.type(metrics.contentType).send(await metrics.text())
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Digests are of one length, whatever was sent. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
