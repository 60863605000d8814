// The state of an execution: what the fold over its journal yields.

import type { Json } from '../json.ts'
import type { Graph, GraphStep } from './graph.ts'
import type { Failure, Wait } from './journal.ts'

/** `pending`: waits for its edges. `ready`: may run. `running`: an attempt recorded that it began. */
export type StepStatus =
  | 'pending'
  | 'ready'
  | 'running'
  | 'waiting'
  | 'retrying'
  | 'completed'
  | 'failed'
  | 'skipped'
  | 'bypassed'

/** One run of an action: a step's, or that of one item of a `for_each`. Times are epoch ms. */
export interface RunState {
  status: StepStatus
  /** The attempt that is under way or ended last; 0 before the first. */
  attempt: number
  outcome: string | undefined
  output: Json
  failure: Failure | undefined
  wait: Wait | undefined
  memo: Json | undefined
  /** When the retry is due. */
  retryAt: number | undefined
  /** When the attempt that waits began; its timeout counts from there. */
  startedAt: number | undefined
}

export interface FanOut {
  readonly items: readonly Json[]
  readonly runs: RunState[]
  /** Positions that may work now, at most as many as the step's concurrency. */
  readonly active: Set<number>
  /** The next position to become active. */
  next: number
  settled: number
  failure: Failure | undefined
}

export interface StepState extends RunState {
  /** Incoming edges whose source has not settled yet. */
  undecided: number
  /** How often work that had completed (the step's, or that of some items) was discarded by a retry: makes a new idempotency key. */
  repeats: number
  fanOut: FanOut | undefined
}

export interface CompensationState {
  status: 'retrying' | 'completed' | 'failed'
  attempt: number
  retryAt: number | undefined
}

export type EndStatus = 'completed' | 'failed' | 'cancelled'

export interface ExecutionState {
  graph: Graph
  readonly startedAt: number
  /** From when the timeout of the whole execution counts: its start, or its last retry by a person. */
  timeoutFrom: number
  steps: StepState[]
  /** Positions of the steps that have neither settled nor are pending. */
  open: Set<number>
  unsettled: number
  /** Positions in the order in which they completed. */
  completed: number[]
  compensations: Map<number, CompensationState>
  paused: boolean
  /** Set once the execution can only fail or be cancelled: nothing new starts, compensation runs. */
  ending: { readonly status: 'failed' | 'cancelled'; readonly failure: Failure; readonly abort: boolean } | undefined
  ended: EndStatus | undefined
}

export function newRun(): RunState {
  return {
    status: 'pending',
    attempt: 0,
    outcome: undefined,
    output: null,
    failure: undefined,
    wait: undefined,
    memo: undefined,
    retryAt: undefined,
    startedAt: undefined,
  }
}

export function newStep(step: GraphStep): StepState {
  return { ...newRun(), undecided: step.in.length, repeats: 0, fanOut: undefined }
}

/** The state of an execution that has just started: steps without incoming edges are ready. */
export function newState(graph: Graph, startedAt: number): ExecutionState {
  const state: ExecutionState = {
    graph,
    startedAt,
    timeoutFrom: startedAt,
    steps: graph.steps.map(newStep),
    open: new Set(),
    unsettled: graph.steps.length,
    completed: [],
    compensations: new Map(),
    paused: false,
    ending: undefined,
    ended: undefined,
  }
  for (const [index, step] of state.steps.entries()) {
    if (step.undecided > 0) continue
    step.status = 'ready'
    state.open.add(index)
  }
  return state
}

export function isSettled(status: StepStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'skipped' || status === 'bypassed'
}

/** The state of the step at a position of the graph. */
export function stateAt(state: ExecutionState, index: number): StepState {
  const step = state.steps[index]
  if (step === undefined) throw new RangeError(`The execution has no step ${index}`)
  return step
}

/** The run of a step, or of one item of its `for_each`. */
export function runAt(step: StepState, item: number | undefined): RunState {
  if (item === undefined) return step
  const run = step.fanOut?.runs[item]
  if (run === undefined) throw new RangeError(`The step has no item ${item}`)
  return run
}
