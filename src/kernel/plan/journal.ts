// The journal of an execution: the append-only list of events whose fold is its state.

import type { Json } from '../json.ts'
import type { ProblemCode } from '../problem.ts'

/** Why an attempt, a step or an execution failed. */
export interface Failure {
  readonly code: ProblemCode
  readonly message: string
  /** Whether another attempt may succeed. */
  readonly retry: boolean
  readonly detail?: Json
}

/** What a step waits for. `until` (epoch ms) is when it expires, or for a timer when it is due. */
export interface Wait {
  readonly on: 'timer' | 'event' | 'callback' | 'approval' | 'form' | 'child'
  readonly until?: number
  /** Names the thing waited for: an approval's, form's or child execution's id, an event type, a token. */
  readonly ref?: string
}

/** Which run of which step an event tells of; `item` is the position in a `for_each`. */
interface StepRef {
  readonly step: string
  readonly item?: number
  readonly attempt: number
}

type EventBody =
  | (StepRef & { readonly type: 'step.started' })
  | { readonly type: 'step.fanned_out'; readonly step: string; readonly items: readonly Json[] }
  | (StepRef & { readonly type: 'step.waiting'; readonly wait: Wait; readonly memo?: Json })
  | (StepRef & { readonly type: 'step.retrying'; readonly failure: Failure; readonly until: number })
  | (StepRef & { readonly type: 'step.completed'; readonly outcome: string; readonly output: Json })
  | (StepRef & { readonly type: 'step.failed'; readonly outcome: 'failed' | 'expired'; readonly failure: Failure })
  | { readonly type: 'step.skipped'; readonly step: string; readonly item?: number }
  | {
      readonly type: 'compensation.retrying'
      readonly step: string
      readonly attempt: number
      readonly failure: Failure
      readonly until: number
    }
  | { readonly type: 'compensation.completed'; readonly step: string; readonly attempt: number; readonly output: Json }
  | { readonly type: 'compensation.failed'; readonly step: string; readonly attempt: number; readonly failure: Failure }
  | { readonly type: 'execution.paused'; readonly by: string; readonly reason?: string }
  | { readonly type: 'execution.resumed'; readonly by: string }
  | { readonly type: 'execution.cancelling'; readonly by: string; readonly reason?: string }
  | { readonly type: 'execution.failing'; readonly failure: Failure }
  | {
      readonly type: 'execution.retried'
      readonly by: string
      readonly steps: readonly string[]
      readonly versionId?: string
    }
  | {
      /** Moved, while it waited, to another version. Approvals that it waits for are void; so is what `dropped` steps waited for. */
      readonly type: 'execution.migrated'
      readonly by: string
      readonly reason?: string
      readonly versionId: string
      /** Steps that were under way and do not go on as they are. */
      readonly dropped: readonly string[]
    }
  | {
      readonly type: 'execution.ended'
      readonly status: 'completed' | 'failed' | 'cancelled'
      readonly output?: Json
      readonly failure?: Failure
    }

/** One event. `at` and `startedAt` are epoch milliseconds; `startedAt` is when the attempt began to work. */
export type JournalEvent = EventBody & { readonly at: number; readonly startedAt?: number }

export type JournalEventType = JournalEvent['type']

/** The version that an event changes over to, if it does. */
export function versionIdOf(event: JournalEvent): string | undefined {
  return event.type === 'execution.retried' || event.type === 'execution.migrated' ? event.versionId : undefined
}
