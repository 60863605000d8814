// The fold: how each journal event changes the state of its execution.

import { settle, unhandledFailure } from './edges.ts'
import { activateItems, fanOutOutcome, fanOutOutput, newFanOut } from './fan-out.ts'
import { stepAt, type Graph } from './graph.ts'
import type { JournalEvent } from './journal.ts'
import { moveToVersion } from './migration.ts'
import { resetForRetry } from './reset.ts'
import { type ExecutionState, type FanOut, isSettled, newState, runAt, type RunState, stateAt } from './state.ts'

/** Finds the graph of a workflow version; a retry with a mended version changes over to it, and so does a migration. */
export type GraphOf = (versionId: string) => Graph

type EventOf<Type extends JournalEvent['type']> = Extract<JournalEvent, { type: Type }>

/** The state after all events, from the start. Deterministic: the same journal always gives the same state. */
export function fold(
  graph: Graph,
  startedAt: number,
  events: Iterable<JournalEvent>,
  graphOf: GraphOf,
): ExecutionState {
  const state = newState(graph, startedAt)
  for (const event of events) applyEvent(state, event, graphOf)
  return state
}

/** Applies one event to the state, in place. */
export function applyEvent(state: ExecutionState, event: JournalEvent, graphOf: GraphOf): void {
  switch (event.type) {
    case 'step.started':
    case 'step.fanned_out':
    case 'step.waiting':
    case 'step.retrying':
    case 'step.completed':
    case 'step.failed':
    case 'step.skipped':
      return applyStepEvent(state, event)
    case 'compensation.retrying':
    case 'compensation.completed':
    case 'compensation.failed':
      return applyCompensation(state, event)
    case 'execution.paused':
      state.paused = state.ending === undefined
      return
    case 'execution.resumed':
      state.paused = false
      return
    case 'execution.cancelling':
      state.paused = false
      state.ending = {
        status: 'cancelled',
        failure: { code: 'cancelled', message: event.reason ?? `Cancelled by ${event.by}.`, retry: false },
        abort: true,
      }
      return
    case 'execution.failing':
      state.paused = false
      state.ending = { status: 'failed', failure: event.failure, abort: true }
      return
    case 'execution.retried':
      return resetForRetry(state, event, graphOf)
    case 'execution.migrated':
      return moveToVersion(state, event, graphOf)
    case 'execution.ended':
      state.ended = event.status
  }
}

type StepEvent = EventOf<
  | 'step.started'
  | 'step.fanned_out'
  | 'step.waiting'
  | 'step.retrying'
  | 'step.completed'
  | 'step.failed'
  | 'step.skipped'
>

type RunEvent = Exclude<StepEvent, { type: 'step.fanned_out' }>

function applyStepEvent(state: ExecutionState, event: StepEvent): void {
  const index = indexOfStep(state, event.step)
  const step = stateAt(state, index)
  if (event.type === 'step.fanned_out') return fanOut(state, index, event)
  const run = runAt(step, event.item)
  applyRunEvent(run, event)
  if (!isSettled(run.status)) return
  if (event.item === undefined || step.fanOut === undefined) return closeStep(state, index)
  closeItem(state, index, step.fanOut, event.item, run)
}

function indexOfStep(state: ExecutionState, id: string): number {
  const index = state.graph.indexOf.get(id)
  if (index === undefined) throw new RangeError(`The journal names step ${id}, which its workflow does not have`)
  return index
}

function applyRunEvent(run: RunState, event: RunEvent): void {
  if (event.type === 'step.skipped') {
    run.status = 'skipped'
    return
  }
  // A waiting run that was woken still waits until its next result: should its worker die, it must be woken again, not begun.
  if (event.type === 'step.started' && run.status === 'waiting') return
  run.startedAt = beganAt(run, event)
  run.attempt = event.attempt
  run.wait = undefined
  run.memo = undefined
  run.retryAt = undefined
  switch (event.type) {
    case 'step.started':
      run.status = 'running'
      return
    case 'step.waiting':
      run.status = 'waiting'
      run.wait = event.wait
      run.memo = event.memo
      return
    case 'step.retrying':
      run.status = 'retrying'
      run.failure = event.failure
      run.retryAt = event.until
      return
    case 'step.completed':
      run.status = 'completed'
      run.outcome = event.outcome
      run.output = event.output
      run.failure = undefined
      return
    case 'step.failed':
      run.status = 'failed'
      run.outcome = event.outcome
      run.failure = event.failure
  }
}

/** An attempt that waits keeps the time it began; one that is begun again, because its worker died, takes the new time. */
function beganAt(run: RunState, event: Exclude<RunEvent, { type: 'step.skipped' }>): number {
  const before = run.attempt === event.attempt ? run.startedAt : undefined
  if (run.status === 'waiting' && before !== undefined) return before
  return event.startedAt ?? (event.type === 'step.started' ? undefined : before) ?? event.at
}

function fanOut(state: ExecutionState, index: number, event: EventOf<'step.fanned_out'>): void {
  const step = stateAt(state, index)
  step.status = 'running'
  step.startedAt = event.startedAt ?? event.at
  // Left behind when the items could be computed only after a retry.
  step.failure = undefined
  step.retryAt = undefined
  step.fanOut = newFanOut(event.items)
  activateItems(step.fanOut, stepAt(state.graph, index).concurrency)
  if (event.items.length === 0) completeFanOut(state, index, step.fanOut)
}

function closeItem(state: ExecutionState, index: number, fan: FanOut, item: number, run: RunState): void {
  const { step: definition, concurrency } = stepAt(state.graph, index)
  fan.active.delete(item)
  fan.settled++
  if (run.status === 'failed' && definition.for_each?.on_item_error !== 'continue') fan.failure ??= run.failure
  if (fan.failure !== undefined) return
  activateItems(fan, concurrency)
  if (fan.settled === fan.items.length) completeFanOut(state, index, fan)
}

function completeFanOut(state: ExecutionState, index: number, fan: FanOut): void {
  const step = stateAt(state, index)
  step.status = 'completed'
  step.outcome = fanOutOutcome(fan)
  step.output = fanOutOutput(fan)
  closeStep(state, index)
}

function closeStep(state: ExecutionState, index: number): void {
  const step = stateAt(state, index)
  if (step.status === 'completed') state.completed.push(index)
  settle(state, index)
  const failure = unhandledFailure(stepAt(state.graph, index), step)
  if (failure === undefined) return
  // A pause holds work back; what winds down is no longer held.
  state.paused = false
  state.ending ??= { status: 'failed', failure, abort: false }
}

function applyCompensation(
  state: ExecutionState,
  event: EventOf<'compensation.retrying' | 'compensation.completed' | 'compensation.failed'>,
): void {
  const status = {
    'compensation.retrying': 'retrying',
    'compensation.completed': 'completed',
    'compensation.failed': 'failed',
  } as const
  state.compensations.set(indexOfStep(state, event.step), {
    status: status[event.type],
    attempt: event.attempt,
    retryAt: event.type === 'compensation.retrying' ? event.until : undefined,
  })
}
