// How a signal becomes a journal event, or comes to nothing.

import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import { unhandledFailure } from '../../kernel/plan/edges.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { isSettled, runAt, stateAt } from '../../kernel/plan/state.ts'
import type { Signal } from '../../packs/kit.ts'
import type { StoredSignal } from '../../record/signals.ts'
import { takeMigration } from './migration.ts'
import type { OwnedExecution } from './owned-execution.ts'
import { retryWithVersion, wakeStep } from './run.ts'

/** Takes a signal in. `held`: it comes too early, or something else must be written first; it is offered again. */
export function takeSignal(execution: OwnedExecution, signal: StoredSignal): 'taken' | 'held' {
  if (signal.step !== undefined) return takeForStep(execution, signal, signal.step)
  if (signal.kind === 'migrate') return takeMigration(execution, signal)
  const isRetrying = execution.state.ended !== undefined && execution.runs.count > 0
  if (execution.hasDeduced || isRetrying) return 'held'
  const event = controlEvent(execution, signal)
  const records = { consumed: [consumedKey(signal)] }
  if (event?.type === 'execution.retried' && event.versionId !== undefined) {
    retryWithVersion(execution, event.versionId, event, records)
    return 'taken'
  }
  if (event === undefined) execution.tell({ event: undefined, records, run: undefined })
  else execution.deduce(event, records)
  return 'taken'
}

/** The event for a signal to the execution as a whole; undefined when the state no longer allows it. */
function controlEvent(execution: OwnedExecution, signal: StoredSignal): JournalEvent | undefined {
  const { state } = execution
  const at = execution.host.parts.now()
  const by = text(signal.data, 'by') ?? 'unknown'
  const reason = text(signal.data, 'reason')
  const because = reason === undefined ? {} : { reason }
  const isEnded = state.ended !== undefined
  const isEnding = isEnded || state.ending !== undefined
  switch (signal.kind) {
    case 'cancel':
      return isEnded || state.ending?.status === 'cancelled'
        ? undefined
        : { type: 'execution.cancelling', by, ...because, at }
    case 'pause':
      return isEnding || state.paused ? undefined : { type: 'execution.paused', by, ...because, at }
    case 'resume':
      return isEnding || !state.paused ? undefined : { type: 'execution.resumed', by, at }
    case 'retry':
      return isEnded
        ? { type: 'execution.retried', by, steps: retriedSteps(execution, signal.data), ...versionOf(signal.data), at }
        : undefined
    default:
      return undefined
  }
}

/** The steps that the signal names, else those whose failure or refusal ended the execution. */
function retriedSteps(execution: OwnedExecution, data: Json): readonly string[] {
  const named =
    isJsonObject(data) && Array.isArray(data['steps']) ? data['steps'].filter((step) => typeof step === 'string') : []
  if (named.length > 0) return named
  const { graph, steps } = execution.state
  return graph.steps.flatMap((step) => {
    const state = steps[step.index]
    return state !== undefined && unhandledFailure(step, state) !== undefined ? [step.id] : []
  })
}

function takeForStep(execution: OwnedExecution, stored: StoredSignal, stepId: string): 'taken' | 'held' {
  // What is on its way may settle the very step: a timeout of this turn, for one.
  if (execution.hasDeduced) return 'held'
  const { state } = execution
  const index = state.graph.indexOf.get(stepId)
  const step = index === undefined ? undefined : stateAt(state, index)
  const isKnown =
    step !== undefined &&
    (stored.item === undefined || step.fanOut?.runs[stored.item] !== undefined || !isSettled(step.status))
  const drop = (): 'taken' => {
    execution.tell({ event: undefined, records: { consumed: [consumedKey(stored)] }, run: undefined })
    return 'taken'
  }
  if (index === undefined || step === undefined || !isKnown || state.ended !== undefined || state.ending !== undefined)
    return drop()
  if (stored.item !== undefined && step.fanOut === undefined) return 'held'
  const run = runAt(step, stored.item)
  if (isSettled(run.status) || isSettled(step.status)) return drop()
  const signal = signalOf(stored)
  if (signal === undefined) return drop()
  if (run.status !== 'waiting' || execution.runs.has(index, stored.item)) return 'held'
  if (run.wait?.on !== stored.kind || !isMeant(stored, run.wait.ref, step.repeats)) return drop()
  const until = extendedUntil(stored)
  if (until === undefined) {
    wakeStep(execution, { index, item: stored.item }, signal, { consumed: [consumedKey(stored)] })
    return 'taken'
  }
  const place = { step: stepId, ...(stored.item !== undefined && { item: stored.item }), attempt: run.attempt }
  const { memo, wait } = run
  const event: JournalEvent = {
    type: 'step.waiting',
    ...place,
    wait: { ...wait, until },
    at: execution.host.parts.now(),
    ...(memo !== undefined && { memo }),
  }
  execution.deduce(event, { consumed: [consumedKey(stored)] })
  return 'taken'
}

/** Until when people have to decide now, where a signal gives them more time. */
function extendedUntil({ kind, data }: StoredSignal): number | undefined {
  const until = kind === 'approval' && isJsonObject(data) ? data['until'] : undefined
  return typeof until === 'number' ? until : undefined
}

/**
 * Whether the signal is about what the step waits for now, not about an earlier approval, form or child of the same step.
 * It names that as `ref`; a child by its id, an event by its type, a callback by how often the step had been done before.
 */
function isMeant({ kind, data }: StoredSignal, ref: string | undefined, repeats: number): boolean {
  switch (kind) {
    case 'approval':
    case 'form':
      return text(data, 'ref') === ref
    case 'child':
      return text(data, 'executionId') === ref
    case 'event':
      return text(data, 'event') === ref
    case 'callback':
      return !isJsonObject(data) || (data['repeats'] ?? repeats) === repeats
    default:
      return true
  }
}

/** The stored signal as the action sees it; undefined when it is none that a step can take. */
function signalOf({ kind, data }: StoredSignal): Signal | undefined {
  if (!isJsonObject(data)) return undefined
  switch (kind) {
    case 'event':
      return { kind, event: text(data, 'event') ?? '', id: text(data, 'id') ?? '', data: data['data'] ?? null }
    case 'callback':
      return { kind, data: data['data'] ?? null }
    case 'approval':
      return {
        kind,
        decision: data['decision'] === 'approved' ? 'approved' : 'rejected',
        votes: objects(data['votes']),
        ...(data['edit'] !== undefined && { edit: data['edit'] }),
      }
    case 'form':
      return { kind, data: isJsonObject(data['data']) ? data['data'] : {}, by: text(data, 'by') ?? '' }
    case 'child':
      return childSignal(data)
    default:
      return undefined
  }
}

function childSignal(data: JsonObject): Signal {
  const status = data['status'] === 'completed' || data['status'] === 'cancelled' ? data['status'] : 'failed'
  const message = text(data, 'message')
  const base = {
    kind: 'child',
    status,
    output: data['output'] ?? null,
    executionId: text(data, 'executionId') ?? '',
  } as const
  return message === undefined ? base : { ...base, message }
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((entry) => isJsonObject(entry)) : []
}

function versionOf(data: Json): { versionId?: string } {
  const versionId = text(data, 'versionId')
  return versionId === undefined ? {} : { versionId }
}

function text(data: Json | undefined, key: string): string | undefined {
  const value = isJsonObject(data) ? data[key] : undefined
  return typeof value === 'string' ? value : undefined
}

function consumedKey({ tenantId, executionId, id }: StoredSignal) {
  return { tenantId, executionId, id }
}
