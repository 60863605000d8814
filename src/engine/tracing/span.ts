// A span as it is kept until it is sent: plain data, so that nothing of OpenTelemetry is loaded where nobody collects.

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: 'internal' | 'server'
  /** Epoch ms. */
  readonly startedAt: number
  readonly endedAt: number
  /** The code of what went wrong; never its message, which may hold what was processed. */
  readonly errorCode: string | undefined
  readonly attributes: Readonly<Record<string, string | number>>
}

export type SendSpan = (span: Span) => void
