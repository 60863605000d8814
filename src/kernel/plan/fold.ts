// The fold: how each journal event changes the state of its execution.

import { settle, unhandledFailure } from './edges.ts'
import { activateItems, fanOutOutcome, fanOutOutput, newFanOut } from './fan-out.ts'
import { stepAt, type Graph } from './graph.ts'
import type { JournalEvent } from './journal.ts'
import { resetForRetry } from './reset.ts'
import { type ExecutionState, newState, runAt, type RunState, stateAt, type StepState } from './state.ts'

/** Finds the graph of a workflow version; a retry with a mended version changes over to it. */
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
      state.paused = true
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
    case 'execution.timed_out':
      state.paused = false
      state.ending = { status: 'failed', failure: event.failure, abort: true }
      return
    case 'execution.retried':
      return resetForRetry(state, event, graphOf)
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

function applyStepEvent(state: ExecutionState, event: StepEvent): void {
  const index = state.graph.indexOf.get(event.step)
  if (index === undefined)
    throw new RangeError(`The journal names step ${event.step}, which its workflow does not have`)
  const step = stateAt(state, index)
  if (event.type === 'step.fanned_out') return fanOut(state, index, event)
  const run = runAt(step, event.item)
  applyRunEvent(run, event)
  if (run.status === 'running' || run.status === 'waiting' || run.status === 'retrying') return
  if (event.item === undefined) return closeStep(state, index)
  closeItem(state, index, step, event.item, run)
}

function applyRunEvent(run: RunState, event: Exclude<StepEvent, { type: 'step.fanned_out' }>): void {
  if (event.type === 'step.skipped') {
    run.status = 'skipped'
    return
  }
  const sameAttempt = run.attempt === event.attempt
  run.attempt = event.attempt
  if (event.type === 'step.started') {
    run.status = 'running'
    run.startedAt = event.at
    return
  }
  run.startedAt = (sameAttempt ? run.startedAt : undefined) ?? event.startedAt ?? event.at
  run.wait = undefined
  run.memo = undefined
  run.retryAt = undefined
  switch (event.type) {
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

function fanOut(state: ExecutionState, index: number, event: EventOf<'step.fanned_out'>): void {
  const step = stateAt(state, index)
  step.status = 'running'
  step.startedAt = event.at
  step.fanOut = newFanOut(event.items)
  activateItems(step.fanOut, stepAt(state.graph, index).concurrency)
  if (event.items.length === 0) completeFanOut(state, index, step)
}

function closeItem(state: ExecutionState, index: number, step: StepState, item: number, run: RunState): void {
  const { fanOut: fan } = step
  if (fan === undefined) return
  const { step: definition, concurrency } = stepAt(state.graph, index)
  fan.active.delete(item)
  fan.settled++
  if (run.status === 'failed' && definition.for_each?.on_item_error !== 'continue') fan.failure ??= run.failure
  if (fan.failure !== undefined) return
  activateItems(fan, concurrency)
  if (fan.settled === fan.items.length) completeFanOut(state, index, step)
}

function completeFanOut(state: ExecutionState, index: number, step: StepState): void {
  if (step.fanOut === undefined) return
  step.status = 'completed'
  step.outcome = fanOutOutcome(step.fanOut)
  step.output = fanOutOutput(step.fanOut)
  closeStep(state, index)
}

function closeStep(state: ExecutionState, index: number): void {
  const step = stateAt(state, index)
  if (step.status === 'completed') state.completed.push(index)
  settle(state, index)
  const failure = unhandledFailure(stepAt(state.graph, index), step)
  if (failure !== undefined) state.ending ??= { status: 'failed', failure, abort: false }
}

function applyCompensation(
  state: ExecutionState,
  event: EventOf<'compensation.retrying' | 'compensation.completed' | 'compensation.failed'>,
): void {
  const index = state.graph.indexOf.get(event.step)
  if (index === undefined)
    throw new RangeError(`The journal names step ${event.step}, which its workflow does not have`)
  const status = {
    'compensation.retrying': 'retrying',
    'compensation.completed': 'completed',
    'compensation.failed': 'failed',
  } as const
  state.compensations.set(index, {
    status: status[event.type],
    attempt: event.attempt,
    retryAt: event.type === 'compensation.retrying' ? event.until : undefined,
  })
}
