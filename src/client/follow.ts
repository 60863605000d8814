// Follows an execution over Server-Sent Events to its end, over as many connections as it takes.

import { isJsonObject, type JsonObject } from '../kernel/json.ts'
import { readEvents, type Place } from './event-source.ts'
import { backoff, reasonOf, waitFor } from './patient-fetch.ts'
import { ConnectionError, problemOf, ProblemError } from './problem-error.ts'

/** One lifecycle event of an execution, as the stream tells it. */
export interface ExecutionEvent {
  /** Such as `workflow.step_completed`. */
  readonly type: string
  /** ISO 8601. */
  readonly time: string
  readonly executionId: string
  readonly step: string | undefined
  /** All that was told: `attempt`, `outcome`, `output`, `failure`, `approval_id` … */
  readonly data: JsonObject
}

export interface FollowParts {
  /** Opens the stream; `lastEventId` is empty at the first time. */
  readonly open: (lastEventId: string, signal: AbortSignal) => Promise<Response>
  /** Whether anything came after an end, as when what had failed was retried. */
  readonly goesOn: (end: ExecutionEvent, signal: AbortSignal) => Promise<boolean>
  /** Connections in a row that may fail. */
  readonly retries: number
}

/** The server sends a comment every 15 seconds. */
const longestSilenceMs = 45_000
const endings: ReadonlySet<string> = new Set(['workflow.completed', 'workflow.failed', 'workflow.cancelled'])
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504])

/**
 * All that happens to it, without gaps, until it ends, whether that was before or comes later. Throws `ProblemError` (such as
 * `not_found`), `ConnectionError` when the server stays away, and the signal's reason.
 */
export async function* followExecution(parts: FollowParts, signal: AbortSignal): AsyncGenerator<ExecutionEvent> {
  const place: Place = { lastEventId: '', retryMs: 2000 }
  let failures = 0
  for (;;) {
    let end: ExecutionEvent | undefined
    try {
      for await (const event of oneConnection(parts, place, signal)) {
        failures = 0
        yield event
        if (!endings.has(event.type)) continue
        end = event
        break
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error) || failures >= parts.retries) throw error
      failures++
      await waitFor(backoff(failures), signal)
      continue
    }
    // The server has closed it, as it does when it ends.
    if (end === undefined) await waitFor(place.retryMs, signal)
    else if (!(await parts.goesOn(end, signal))) return
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ProblemError && passing.has(error.status))
}

async function* oneConnection(
  { open }: FollowParts,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<ExecutionEvent> {
  const leaving = new AbortController()
  const watch = new Watchdog(() => leaving.abort(new Error('it fell silent')))
  const leave = (): void => leaving.abort(signal.reason)
  signal.addEventListener('abort', leave)
  const either = leaving.signal
  try {
    signal.throwIfAborted()
    const response = await open(place.lastEventId, either)
    if (!response.ok || response.body === null) throw await problemOf(response)
    yield* told(readEvents(response.body, place, () => watch.heard(), either))
    either.throwIfAborted()
  } catch (error) {
    if (error instanceof ProblemError || error instanceof ConnectionError) throw error
    throw new ConnectionError(`The stream broke: ${reasonOf(error)}.`, error)
  } finally {
    watch.rest()
    signal.removeEventListener('abort', leave)
    leaving.abort(new Error('it is over'))
  }
}

async function* told(events: AsyncIterable<{ readonly data: string }>): AsyncGenerator<ExecutionEvent> {
  for await (const { data } of events) {
    const event = eventOf(data)
    if (event !== undefined) yield event
  }
}

function eventOf(text: string): ExecutionEvent | undefined {
  const data: unknown = JSON.parse(text)
  if (!isJsonObject(data)) return undefined
  const { type, time, execution_id: executionId, step } = data
  if (typeof type !== 'string' || typeof executionId !== 'string') return undefined
  return {
    type,
    time: typeof time === 'string' ? time : '',
    executionId,
    step: typeof step === 'string' ? step : undefined,
    data,
  }
}

/** Calls back when nothing was heard for too long. */
class Watchdog {
  private readonly bark: () => void
  private timer: ReturnType<typeof setTimeout>

  constructor(bark: () => void) {
    this.bark = bark
    this.timer = setTimeout(bark, longestSilenceMs)
  }

  heard(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(this.bark, longestSilenceMs)
  }

  rest(): void {
    clearTimeout(this.timer)
  }
}
