// Lifecycle events as they are told outside: a line of JSON, or a line of text.

import type { Json } from '../../kernel/json.ts'
import type { Failure, JournalEvent, Wait } from '../../kernel/plan/journal.ts'
import { lifecycleType, type LifecycleType } from '../../kernel/plan/lifecycle.ts'
import { sayClock, sayElapsed } from '../elapsed.ts'
import { sayOutput, sayWait } from './step-rows.ts'
import type { Timeline } from './timeline.ts'

export interface StepSummary {
  readonly id: string
  readonly status: string
  readonly outcome?: string
}

/** One lifecycle event. `seq` is its place in the journal of its execution; 0 for the start, which has none. */
export interface LifecycleEvent {
  readonly type: LifecycleType
  readonly execution_id: string
  readonly workflow: string
  readonly step?: string
  readonly item?: number
  readonly attempt?: number
  readonly outcome?: string
  readonly output?: Json
  readonly error?: Failure
  /** What the step waits for; `ref` is the id of the approval, form or child execution. */
  readonly waits_for?: { readonly on: Wait['on']; readonly ref?: string; readonly until?: string }
  /** When the next attempt is due. */
  readonly until?: string
  readonly by?: string
  readonly reason?: string
  /** With the end: what became of each step. */
  readonly steps?: readonly StepSummary[]
  readonly at: string
  readonly seq: number
}

export interface Told {
  readonly executionId: string
  readonly workflow: string
}

export function startedEvent({ executionId, workflow }: Told, at: number): LifecycleEvent {
  return { type: 'workflow.started', execution_id: executionId, workflow, at: iso(at), seq: 0 }
}

/** The journal event as it is told outside; undefined for one that concerns the engine alone. The timeline has taken it in. */
export function lifecycleEvent(
  { executionId, workflow }: Told,
  seq: number,
  event: JournalEvent,
  timeline: Timeline,
): LifecycleEvent | undefined {
  const type = lifecycleType(event)
  if (type === undefined) return undefined
  const fields = {
    ...('step' in event && { step: event.step }),
    ...('item' in event && event.item !== undefined && { item: event.item }),
    ...('attempt' in event && { attempt: event.attempt }),
    ...('outcome' in event && { outcome: event.outcome }),
    ...('output' in event && event.output !== undefined && { output: event.output }),
    ...('failure' in event && event.failure !== undefined && { error: event.failure }),
    ...('until' in event && { until: iso(event.until) }),
    ...('wait' in event && { waits_for: waitOf(event.wait) }),
    ...('by' in event && { by: event.by }),
    ...('reason' in event && event.reason !== undefined && { reason: event.reason }),
    ...(event.type === 'execution.retried' && { steps: event.steps.map((id) => ({ id, status: 'ready' })) }),
    ...(event.type === 'execution.ended' && { steps: stepSummaries(timeline) }),
  }
  return { type, execution_id: executionId, workflow, ...fields, at: iso(event.at), seq }
}

export function stepSummaries({ state }: Timeline): StepSummary[] {
  return state.graph.steps.flatMap(({ id, index }) => {
    const step = state.steps[index]
    if (step === undefined) return []
    return [{ id, status: step.status, ...(step.outcome !== undefined && { outcome: step.outcome }) }]
  })
}

/** The event as one line for people. */
export function textLine(event: LifecycleEvent, startedAt: number): string {
  const at = Date.parse(event.at)
  const who =
    event.step === undefined ? event.workflow : `${event.step}${event.item === undefined ? '' : `[${event.item}]`}`
  const said = [says[event.type], ...details(event, at)].filter((part) => part !== '').join(', ')
  return `${sayClock(at)}  +${sayElapsed(at - startedAt).padEnd(7)}  ${who}: ${said}`
}

const says: Readonly<Record<LifecycleType, string>> = {
  'workflow.started': 'started',
  'workflow.step_started': 'works',
  'workflow.step_completed': 'completed',
  'workflow.step_failed': 'failed',
  'workflow.step_retrying': 'failed, will be tried again',
  'workflow.step_skipped': 'skipped, its condition is false',
  'workflow.step_waiting': 'waits',
  'workflow.awaiting_approval': 'waits for a person',
  'workflow.approval_granted': 'approved',
  'workflow.approval_rejected': 'rejected',
  'workflow.escalated': 'expired',
  'workflow.step_compensated': 'undone',
  'workflow.compensation_failed': 'could not be undone',
  'workflow.paused': 'paused',
  'workflow.resumed': 'resumed',
  'workflow.cancelling': 'is being cancelled',
  'workflow.retried': 'retried',
  'workflow.migrated': 'moved to another version',
  'workflow.completed': 'completed',
  'workflow.failed': 'failed',
  'workflow.cancelled': 'cancelled',
}

const longestOutput = 120
/** Said by the type already. */
const silentOutcomes: ReadonlySet<string> = new Set(['completed', 'failed', 'approved', 'rejected', 'expired'])

function details(event: LifecycleEvent, at: number): string[] {
  const { outcome, attempt, error, output, waits_for: waits, by, reason, until } = event
  return [
    outcome === undefined || silentOutcomes.has(outcome) ? '' : outcome,
    attempt === undefined || attempt === 1 ? '' : `attempt ${attempt}`,
    waits === undefined
      ? ''
      : sayWait(
          {
            on: waits.on,
            ...(waits.ref !== undefined && { ref: waits.ref }),
            ...(waits.until !== undefined && { until: Date.parse(waits.until) }),
          },
          at,
        ),
    error === undefined ? '' : error.message,
    until === undefined ? '' : `again in ${sayElapsed(Date.parse(until) - at)}`,
    by === undefined ? '' : `by ${by}`,
    reason ?? '',
    output === undefined || event.step === undefined ? '' : sayOutput(output, longestOutput),
  ]
}

function waitOf({ on, ref, until }: Wait): NonNullable<LifecycleEvent['waits_for']> {
  return { on, ...(ref !== undefined && { ref }), ...(until !== undefined && { until: iso(until) }) }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
