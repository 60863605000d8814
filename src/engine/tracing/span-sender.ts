// Sends spans to a collector over OTLP/HTTP, in batches and behind a bounded queue: a collector that is away costs nothing.

import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { SendSpan, Span } from './span.ts'

export interface SpanSenderOptions {
  /** OTEL_EXPORTER_OTLP_ENDPOINT: the collector's address, without `/v1/traces`. */
  readonly endpoint: string
  readonly serviceVersion: string
  /** Told once when spans begin to be lost. */
  readonly onTrouble: (error: Error) => void
}

export interface SpanSender {
  readonly send: SendSpan
  /** Spans that were not taken, ever. */
  readonly dropped: () => number
  /** Sends what is left, for a short while. */
  close(): Promise<void>
}

const mostQueued = 20_000
const batchSize = 512
const everyMs = 1000
const exportTimeoutMs = 10_000
const closeTimeoutMs = 2000

/** Nothing of OpenTelemetry is loaded before the first span. */
export function createSpanSender(options: SpanSenderOptions): SpanSender {
  const sender = new Sender(options)
  return { send: (span) => sender.add(span), dropped: () => sender.dropped, close: () => sender.close() }
}

class Sender {
  dropped = 0
  private readonly options: SpanSenderOptions
  private readonly queue: Span[] = []
  private exporter: Promise<Exporter> | undefined
  private sending: Promise<void> = Promise.resolve()
  private timer: NodeJS.Timeout | undefined
  private isTroubled = false

  constructor(options: SpanSenderOptions) {
    this.options = options
  }

  add(span: Span): void {
    if (this.queue.length >= mostQueued) return this.fail(new Error('More spans come than the collector takes.'), 1)
    this.queue.push(span)
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.sending = this.sending.then(() => this.sendAll())
    }, everyMs).unref()
  }

  async close(): Promise<void> {
    clearTimeout(this.timer)
    const late = Promise.withResolvers<void>()
    const end = setTimeout(() => late.resolve(), closeTimeoutMs)
    await Promise.race([this.sending.then(() => this.sendAll()), late.promise])
    this.dropped += this.queue.splice(0).length
    await Promise.race([this.exporter?.then((loaded) => loaded.close()), late.promise])
    clearTimeout(end)
  }

  private async sendAll(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, batchSize)
      try {
        this.exporter ??= loadExporter(this.options)
        await (await this.exporter).send(batch)
        this.isTroubled = false
      } catch (error) {
        this.fail(error instanceof Error ? error : new Error(String(error)), batch.length)
      }
    }
  }

  private fail(error: Error, count: number): void {
    this.dropped += count
    if (!this.isTroubled) this.options.onTrouble(error)
    this.isTroubled = true
  }
}

interface Exporter {
  send(spans: readonly Span[]): Promise<void>
  close(): Promise<void>
}

async function loadExporter({ endpoint, serviceVersion }: SpanSenderOptions): Promise<Exporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const readable = await loadReadable(serviceVersion)
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const exporter: SpanExporter = new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs })
  return {
    send: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export(spans.map(readable), ({ error }) => {
          if (error === undefined) resolve()
          else reject(error)
        })
      }),
    close: () => exporter.shutdown(),
  }
}

async function loadReadable(serviceVersion: string): Promise<(span: Span) => ReadableSpan> {
  const { resourceFromAttributes } = await import('@opentelemetry/resources')
  const { SpanKind, SpanStatusCode, TraceFlags } = await import('@opentelemetry/api')
  const resource = resourceFromAttributes({ 'service.name': 'countersign', 'service.version': serviceVersion })
  const context = (traceId: string, spanId: string) => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED })
  const failed = (message: string) => ({ code: SpanStatusCode.ERROR, message })
  return ({ traceId, spanId, parentSpanId, name, kind, startedAt, endedAt, errorCode, attributes }) => ({
    name,
    kind: kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
    spanContext: () => context(traceId, spanId),
    ...(parentSpanId !== undefined && { parentSpanContext: context(traceId, parentSpanId) }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(endedAt - startedAt),
    status: errorCode === undefined ? { code: SpanStatusCode.UNSET } : failed(errorCode),
    attributes,
    resource,
    instrumentationScope: { name: 'countersign', version: serviceVersion },
    links: [],
    events: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  })
}

function hrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1_000_000)]
}
