// Sends a request, and sends it again where that can do no harm: after a lost connection, 429 and 503.

import { ConnectionError } from './problem-error.ts'

export type Send = (request: Request) => Promise<Response>

export interface Patience {
  /** How often a request is sent again. */
  readonly retries: number
  /** How long one try may take, its body included. */
  readonly timeoutMs: number
  /** A server that asks to wait for longer is not waited for. */
  readonly longestWaitMs: number
}

export const usualPatience: Patience = { retries: 4, timeoutMs: 30_000, longestWaitMs: 20_000 }

const firstWaitMs = 250
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD'])
/** 502 and 504 are of proxies, which don't know whether the request arrived. */
const passing: ReadonlySet<number> = new Set([502, 503, 504])

/** Rejects with `ConnectionError` when no answer came, and with the signal's reason when the caller gave up. */
export function patientFetch(send: Send, patience: Patience): Send {
  return async (request) => {
    const isRepeatable = safeMethods.has(request.method) || request.headers.has('idempotency-key')
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt >= patience.retries
      const answer = await tryOnce(send, isLast ? request : request.clone(), patience.timeoutMs)
      request.signal.throwIfAborted()
      if (answer instanceof ConnectionError) {
        if (isLast || !isRepeatable) throw answer
        await waitFor(backoff(attempt), request.signal)
        continue
      }
      // A request over the limit was not looked at, so any may be sent again.
      const mayPass = answer.status === 429 || (isRepeatable && passing.has(answer.status))
      const waitMs = retryAfterMs(answer) ?? backoff(attempt)
      if (isLast || !mayPass || waitMs > patience.longestWaitMs) return answer
      await answer.body?.cancel()
      await waitFor(waitMs, request.signal)
    }
  }
}

async function tryOnce(send: Send, request: Request, timeoutMs: number): Promise<Response | ConnectionError> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await send(new Request(request, { signal: AbortSignal.any([request.signal, timeout]) }))
  } catch (error) {
    const { origin } = new URL(request.url)
    const why = timeout.aborted ? `it took longer than ${timeoutMs / 1000} s` : reasonOf(error)
    return new ConnectionError(`${origin} cannot be reached: ${why}.`, error)
  }
}

/** `fetch` says "fetch failed" and hides why in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error && cause.message !== '') return cause.message
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return error.message
}

/** RFC 9110: seconds, or a date. */
function retryAfterMs({ headers }: Response): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  const seconds = Number(text)
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** Spread out, so that those who failed together do not come back together. */
export function backoff(attempt: number): number {
  return firstWaitMs * 2 ** attempt * (0.5 + Math.random() / 2)
}

/** Rejects with the signal's reason when it is aborted first. */
export async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
  signal.throwIfAborted()
}
