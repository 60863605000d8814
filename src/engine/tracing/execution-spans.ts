// Spans of executions, steps and attempts, made from what the journal holds once it is durable.

import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { runAt, stateAt } from '../../kernel/plan/state.ts'
import type { EngineWatch, Flushed } from '../watch.ts'
import type { SendSpan, Span } from './span.ts'
import { spanIdOf, traceOf } from './trace-context.ts'

type Watched = Flushed['execution']
type StepEvent = Extract<JournalEvent, { type: 'step.completed' | 'step.failed' | 'step.retrying' }>

/** The span of an execution, which those of its steps hang from. */
export const executionSpanId = (executionId: string): string => spanIdOf(executionId)

/**
 * Tells the spans of an engine. Their ids follow from the execution, the step, the item and the attempt, so that a worker
 * which takes over adds to the same trace. Executions whose starter did not sample its trace are left out.
 */
export function watchSpans(send: SendSpan): EngineWatch {
  /** When steps that were tried before first began, as far as this worker has seen it. */
  const begun = new WeakMap<Watched, Map<string, number>>()
  const tell = (execution: Watched, event: JournalEvent): void => {
    if (event.type === 'execution.ended') return send(executionSpan(execution, event))
    if (event.type !== 'step.completed' && event.type !== 'step.failed' && event.type !== 'step.retrying') return
    const key = event.item === undefined ? event.step : `${event.step} ${event.item}`
    const startedAt = beganAt(execution, event)
    send(attemptSpan(execution, event, startedAt))
    const steps = begun.get(execution) ?? new Map<string, number>()
    if (event.type !== 'step.retrying') send(stepSpan(execution, event, steps.get(key) ?? startedAt))
    else if (!steps.has(key)) begun.set(execution, steps.set(key, startedAt))
  }
  return {
    flushed: (batches) => {
      for (const { execution, entries } of batches) {
        if (entries.length === 0 || traceFor(execution).parent?.isSampled === false) continue
        for (const { event } of entries) tell(execution, event)
      }
    },
    claimed: () => undefined,
    tookOver: () => undefined,
  }
}

const traceFor = ({ claimed }: Watched) => traceOf(claimed.id, claimed.traceparent)

/** One that waited began before it waited, perhaps in the hands of another worker: its state knows. */
function beganAt({ state }: Watched, event: StepEvent): number {
  if (event.type !== 'step.retrying') {
    const index = state.graph.indexOf.get(event.step)
    const run = index === undefined ? undefined : runAt(stateAt(state, index), event.item)
    if (run?.attempt === event.attempt && run.startedAt !== undefined) return Math.min(run.startedAt, event.at)
  }
  return event.startedAt ?? event.at
}

function executionSpan(execution: Watched, event: Extract<JournalEvent, { type: 'execution.ended' }>): Span {
  const { claimed, version } = execution
  const { traceId, parent } = traceFor(execution)
  return {
    traceId,
    spanId: executionSpanId(claimed.id),
    parentSpanId: parent?.spanId,
    name: `execution ${version.workflow.name}`,
    kind: 'internal',
    startedAt: claimed.startedAt.getTime(),
    endedAt: event.at,
    errorCode: event.status === 'completed' ? undefined : (event.failure?.code ?? event.status),
    attributes: {
      ...commonOf(execution),
      'countersign.outcome': event.status,
      ...(claimed.parent !== undefined && { 'countersign.parent_execution_id': claimed.parent.executionId }),
    },
  }
}

function stepSpan(execution: Watched, event: StepEvent, startedAt: number): Span {
  const { id } = execution.claimed
  return {
    ...spanOf(execution, event, startedAt),
    spanId: stepSpanId(id, event),
    parentSpanId: executionSpanId(id),
    name: `step ${event.step}`,
  }
}

function attemptSpan(execution: Watched, event: StepEvent, startedAt: number): Span {
  const { id } = execution.claimed
  return {
    ...spanOf(execution, event, startedAt),
    spanId: spanIdOf(id, event.step, event.item ?? '', 'attempt', event.attempt, event.at),
    parentSpanId: stepSpanId(id, event),
    name: `attempt ${event.step}`,
  }
}

const stepSpanId = (id: string, { step, item }: StepEvent): string => spanIdOf(id, step, item ?? '')

function spanOf(execution: Watched, event: StepEvent, startedAt: number) {
  const { graph } = execution.version
  const action = graph.steps[graph.indexOf.get(event.step) ?? -1]?.step.action ?? 'unknown'
  return {
    traceId: traceFor(execution).traceId,
    kind: 'internal',
    startedAt,
    endedAt: event.at,
    errorCode: event.type === 'step.completed' ? undefined : event.failure.code,
    attributes: {
      ...commonOf(execution),
      'countersign.step': event.step,
      ...(event.item !== undefined && { 'countersign.item': event.item }),
      'countersign.action': action,
      'countersign.attempt': event.attempt,
      'countersign.outcome': event.type === 'step.retrying' ? 'retried' : event.outcome,
    },
  } as const
}

function commonOf({ claimed, version }: Watched): Record<string, string | number> {
  return {
    'countersign.tenant_id': claimed.tenantId,
    'countersign.execution_id': claimed.id,
    'countersign.workflow': version.workflow.name,
    'countersign.version': version.version,
  }
}
