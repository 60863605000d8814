// A waiting execution moved to another version of its workflow: what has settled stays, what waits goes on or begins anew.

import { activateItems, newFanOut } from './fan-out.ts'
import type { GraphOf } from './fold.ts'
import { type GraphStep, stepAt } from './graph.ts'
import type { JournalEvent } from './journal.ts'
import { forEachOf, indicesOf, isKept, reopen } from './reset.ts'
import {
  type ExecutionState,
  type FanOut,
  isSettled,
  newRun,
  newStep,
  type RunState,
  stateAt,
  type StepState,
} from './state.ts'

type Migrated = Pick<Extract<JournalEvent, { type: 'execution.migrated' }>, 'versionId' | 'dropped'>

/** A step of the version before, and what had become of it. */
export interface PastStep {
  readonly step: GraphStep
  readonly state: StepState
}

/** The steps of the present version with their states, by id. */
export function stepsById(state: ExecutionState): Map<string, PastStep> {
  return new Map(state.graph.steps.map((step) => [step.id, { step, state: stateAt(state, step.index) }]))
}

/** Whether an attempt of the step or of its items has begun, and the step has not settled. */
export function isUnderWay({ status, fanOut }: StepState): boolean {
  return !isSettled(status) && (fanOut !== undefined || (status !== 'pending' && status !== 'ready'))
}

/** The run of a step, or those of its items. */
export function runsOf(state: StepState): readonly RunState[] {
  return state.fanOut?.runs ?? [state]
}

/** What it asks for is an approval of what the version before would do. */
export function isAsking({ status, wait }: RunState): boolean {
  return status === 'waiting' && wait?.on === 'approval'
}

/**
 * Changes over to a version. Steps that settled keep their ends; bypassed ones are decided anew. A step under way goes on as
 * it is unless it is among `dropped`; what asks for an approval asks anew in any case.
 */
export function moveToVersion(state: ExecutionState, { versionId, dropped }: Migrated, graphOf: GraphOf): void {
  const past = stepsById(state)
  const completed = state.completed.map((index) => stepAt(state.graph, index).id)
  state.graph = graphOf(versionId)
  const { graph } = state
  state.steps = graph.steps.map((step) => {
    const old = past.get(step.id)
    if (old === undefined) return newStep(step)
    if (isKept(old.state)) return old.state
    return dropped.includes(step.id) ? beginAnew(step, old) : takeOn(step, old.state)
  })
  state.completed = indicesOf(graph, completed)
  state.compensations = new Map()
  reopen(state)
  for (const index of state.open) {
    const { id } = stepAt(graph, index)
    const old = past.get(id)?.state
    if (old === undefined || dropped.includes(id) || !isUnderWay(old)) continue
    if (old.fanOut === undefined && !isAsking(old)) state.steps[index] = { ...old, undecided: 0 }
  }
}

/** With its items, those that ask for an approval put back. What has none is put back whole, until its edges are decided. */
function takeOn(step: GraphStep, { repeats, fanOut, attempt, startedAt }: StepState): StepState {
  const fresh = { ...newStep(step), repeats }
  if (fanOut === undefined) return fresh
  const runs = fanOut.runs.map((run) => (isAsking(run) ? newRun() : run))
  return { ...fresh, attempt, startedAt, fanOut: { ...fanOut, runs, active: new Set(fanOut.active) } }
}

/** Under another idempotency key: receivers that know the one before would drop what is different now. */
function beginAnew(step: GraphStep, { step: before, state }: PastStep): StepState {
  const { repeats, fanOut, startedAt } = state
  const fresh = { ...newStep(step), repeats: repeats + 1 }
  if (fanOut === undefined || forEachOf(step) !== forEachOf(before)) return fresh
  const kept = keepSettled(fanOut)
  activateItems(kept, step.concurrency)
  return { ...fresh, startedAt, fanOut: kept }
}

function keepSettled({ items, runs, settled, failure }: FanOut): FanOut {
  const kept = runs.map((run) => (isSettled(run.status) ? run : newRun()))
  return { ...newFanOut(items), runs: kept, settled, failure }
}
