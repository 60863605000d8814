// Ids of traces and spans, made from ids of executions: whoever goes on with an execution goes on with its trace.

import { createHash, randomBytes } from 'node:crypto'

/** Where a span stands (W3C Trace Context, level 1). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits: of the span that is the parent. */
  readonly spanId: string
  readonly isSampled: boolean
}

const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

/** Undefined where the header is absent or not valid. */
export function parseTraceparent(header: unknown): TraceContext | undefined {
  const [, traceId, spanId, flags] = pattern.exec(typeof header === 'string' ? header : '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function sayTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}

/** An execution's trace: that of the request which started it, else its own id, which has as many bytes. */
export function traceOf(
  executionId: string,
  traceparent?: string,
): { traceId: string; parent: TraceContext | undefined } {
  const parent = parseTraceparent(traceparent)
  return { traceId: parent?.traceId ?? executionId.replaceAll('-', ''), parent }
}

/** The same for the same parts, in whichever process. */
export function spanIdOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

export const newTraceId = (): string => randomBytes(16).toString('hex')
export const newSpanId = (): string => randomBytes(8).toString('hex')
