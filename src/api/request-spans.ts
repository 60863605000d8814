// A span for each request, which continues the caller's trace and which what the request starts continues.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { SendSpan } from '../engine/tracing/span.ts'
import {
  newSpanId,
  newTraceId,
  parseTraceparent,
  sayTraceparent,
  type TraceContext,
} from '../engine/tracing/trace-context.ts'

interface RequestSpan {
  readonly context: TraceContext
  readonly parentSpanId: string | undefined
  readonly startedAt: number
}

/** Supervisors ask all the time, and nobody traces that. */
const untold = new Set(['/health', '/ready', '/metrics'])

/**
 * Call it before routes are added. From then on the header `traceparent` of a request names the request's own span: what is
 * started with it hangs from there.
 */
export function addRequestSpans(app: FastifyInstance, send: SendSpan, now: () => number): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>()
  app.addHook('onRequest', async (request) => {
    const caller = parseTraceparent(request.headers.traceparent)
    const context = {
      traceId: caller?.traceId ?? newTraceId(),
      spanId: newSpanId(),
      isSampled: caller?.isSampled ?? true,
    }
    spans.set(request, { context, parentSpanId: caller?.spanId, startedAt: now() })
    request.headers.traceparent = sayTraceparent(context)
  })
  app.addHook('onResponse', async (request, { statusCode }) => {
    const span = spans.get(request)
    const { url: route = 'none' } = request.routeOptions
    if (span === undefined || !span.context.isSampled || untold.has(route)) return
    send({
      traceId: span.context.traceId,
      spanId: span.context.spanId,
      parentSpanId: span.parentSpanId,
      name: `${request.method} ${route}`,
      kind: 'server',
      startedAt: span.startedAt,
      endedAt: now(),
      errorCode: statusCode >= 500 ? String(statusCode) : undefined,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'http.response.status_code': statusCode,
        'countersign.request_id': request.id,
      },
    })
  })
}
