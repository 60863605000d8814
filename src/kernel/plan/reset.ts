// Retry from failed steps: what is run again, with the same version or a mended one.

import { admit, settle, unhandledFailure } from './edges.ts'
import { activateItems, newFanOut } from './fan-out.ts'
import type { GraphOf } from './fold.ts'
import { type Graph, type GraphStep, stepAt, withDescendants } from './graph.ts'
import type { JournalEvent } from './journal.ts'
import { type ExecutionState, type FanOut, isSettled, newRun, newStep, stateAt, type StepState } from './state.ts'

type Retried = Extract<JournalEvent, { type: 'execution.retried' }>

/**
 * Puts an ended execution back to work. Run again are: the named steps, those that made it fail, what was undone by
 * compensation, everything downstream of those, and whatever had not settled. The rest keeps its outputs, and a failure
 * that a step had dealt with stays dealt with.
 */
export function resetForRetry(state: ExecutionState, event: Retried, graphOf: GraphOf): void {
  const before = state.graph
  const past = new Map(before.steps.map((step) => [step.id, { step, state: stateAt(state, step.index) }]))
  const idsOf = (indices: readonly number[]) => indices.map((index) => stepAt(before, index).id)
  const completed = idsOf(state.completed)
  const undone = idsOf([...state.compensations].flatMap(([index, run]) => (run.status === 'completed' ? index : [])))
  if (event.versionId !== undefined) state.graph = graphOf(event.versionId)
  const { graph } = state
  const culprits = graph.steps.filter((step) => isCulprit(step, past.get(step.id)?.state)).map(({ id }) => id)
  const again = withDescendants(graph, indicesOf(graph, [...event.steps, ...undone, ...culprits]))
  state.steps = graph.steps.map((step) => {
    const old = past.get(step.id)
    if (old === undefined) return newStep(step)
    if (!again.has(step.index) && isKept(old.state)) return old.state
    const sameItems = !step.in.some((edge) => again.has(edge.from)) && forEachOf(step) === forEachOf(old.step)
    return repeat(step, old.state, sameItems)
  })
  state.completed = indicesOf(graph, completed).filter((index) => stateAt(state, index).status === 'completed')
  state.compensations = new Map()
  state.timeoutFrom = event.at
  state.paused = false
  state.ending = undefined
  state.ended = undefined
  reopen(state)
}

function isCulprit(step: GraphStep, past: StepState | undefined): boolean {
  return past !== undefined && unhandledFailure(step, past) !== undefined
}

/** Bypassed steps are decided anew: what runs again may lead to them this time. */
export function isKept({ status }: StepState): boolean {
  return isSettled(status) && status !== 'bypassed'
}

/** A step to run again. With the same items, a `for_each` that had not completed keeps the items that had. */
function repeat(step: GraphStep, past: StepState, sameItems: boolean): StepState {
  const again = newStep(step)
  again.repeats = past.repeats
  const { status, fanOut } = past
  if (sameItems && status !== 'completed' && fanOut !== undefined) {
    again.fanOut = keepCompleted(fanOut)
    activateItems(again.fanOut, step.concurrency)
  } else if (status === 'completed' || fanOut?.runs.some((run) => run.status === 'completed') === true) {
    again.repeats++
  }
  return again
}

function keepCompleted({ items, runs }: FanOut): FanOut {
  const kept = runs.map((run) => (run.status === 'completed' ? run : newRun()))
  const settled = kept.filter((run) => run.status === 'completed').length
  return { ...newFanOut(items), runs: kept, settled }
}

/** Derives anew what is open: which edges are undecided, and which steps are ready or bypassed. */
export function reopen(state: ExecutionState): void {
  state.open = new Set()
  state.unsettled = 0
  for (const { index, in: edges } of state.graph.steps) {
    const step = stateAt(state, index)
    if (isSettled(step.status)) continue
    state.unsettled++
    step.undecided = edges.filter((edge) => !isSettled(stateAt(state, edge.from).status)).length
  }
  const decided = state.graph.steps.filter(({ index }) => {
    const step = stateAt(state, index)
    return step.status === 'pending' && step.undecided === 0
  })
  for (const { index } of decided) if (!admit(state, index)) settle(state, index)
}

export function forEachOf(step: GraphStep): string {
  return JSON.stringify([step.step.action, step.step.for_each])
}

/** Positions of the steps of these ids that the graph has. */
export function indicesOf(graph: Graph, ids: readonly string[]): number[] {
  return ids.flatMap((id) => graph.indexOf.get(id) ?? [])
}
