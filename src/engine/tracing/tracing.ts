// Traces of a process: of its engine, and what others add; nothing at all where no collector is named.

import type { EngineWatch } from '../watch.ts'
import { watchSpans } from './execution-spans.ts'
import type { SendSpan } from './span.ts'
import { createSpanSender } from './span-sender.ts'

export interface Tracing {
  /** Hand it to the engine. */
  readonly watch: EngineWatch
  readonly send: SendSpan
  readonly dropped: () => number
  /** Sends what is left, for two seconds at most. */
  close(): Promise<void>
}

export interface TracingOptions {
  /** OTEL_EXPORTER_OTLP_ENDPOINT */
  readonly endpoint: string | undefined
  readonly serviceVersion: string
  readonly log: (level: 'warn', message: string, detail: { readonly error: string }) => void
}

export function openTracing({ endpoint, serviceVersion, log }: TracingOptions): Tracing | undefined {
  if (endpoint === undefined) return undefined
  const onTrouble = (error: Error): void =>
    log('warn', 'Traces cannot be sent for now and are dropped; the work goes on.', { error: error.message })
  const sender = createSpanSender({ endpoint, serviceVersion, onTrouble })
  return { ...sender, watch: watchSpans(sender.send) }
}
