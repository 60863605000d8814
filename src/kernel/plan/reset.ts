// Retry from failed steps: what is run again, with the same version or a mended one.

import { admit, settle } from './edges.ts'
import { activateItems } from './fan-out.ts'
import type { GraphOf } from './fold.ts'
import { type Graph, type GraphStep, stepAt, withDescendants } from './graph.ts'
import type { JournalEvent } from './journal.ts'
import { type ExecutionState, isSettled, newRun, newStep, stateAt, type StepState } from './state.ts'

type Retried = Extract<JournalEvent, { type: 'execution.retried' }>

/**
 * Puts an ended execution back to work. Run again are: the named steps, what was undone by compensation, everything
 * downstream of those, and whatever did not complete. The rest keeps its outputs.
 */
export function resetForRetry(state: ExecutionState, event: Retried, graphOf: GraphOf): void {
  const before = state.graph
  const previous = state.steps
  const completed = state.completed.map((index) => stepAt(before, index).id)
  const undone = [...state.compensations].flatMap(([index, run]) =>
    run.status === 'completed' ? [stepAt(before, index).id] : [],
  )
  if (event.versionId !== undefined) state.graph = graphOf(event.versionId)
  const { graph } = state
  const again = withDescendants(graph, indicesOf(graph, [...event.steps, ...undone]))
  const named = new Set(event.steps)
  state.steps = graph.steps.map((step) => {
    const old = before.indexOf.get(step.id)
    const past = old === undefined ? undefined : previous[old]
    if (old === undefined || past === undefined) return newStep(step)
    if (!again.has(step.index) && (past.status === 'completed' || past.status === 'skipped')) return past
    const fresh = !named.has(step.id) || step.in.some((edge) => again.has(edge.from))
    return repeat(step, past, !fresh && forEachOf(step) === forEachOf(stepAt(before, old)))
  })
  state.completed = indicesOf(graph, completed).filter((index) => stateAt(state, index).status === 'completed')
  state.compensations = new Map()
  state.paused = false
  state.ending = undefined
  state.ended = undefined
  reopen(state)
}

/** A step to run again. With the same items, a `for_each` keeps those that completed. */
function repeat(step: GraphStep, past: StepState, sameItems: boolean): StepState {
  const again = newStep(step)
  again.repeats = past.repeats + (past.status === 'completed' ? 1 : 0)
  if (!sameItems || past.fanOut === undefined || past.status === 'completed') return again
  const runs = past.fanOut.runs.map((run) => (run.status === 'completed' ? run : newRun()))
  again.fanOut = {
    items: past.fanOut.items,
    runs,
    active: new Set(),
    next: 0,
    settled: runs.filter((run) => run.status === 'completed').length,
    failure: undefined,
  }
  activateItems(again.fanOut, step.concurrency)
  return again
}

/** Derives anew what is open: which edges are undecided, and which steps are ready or bypassed. */
function reopen(state: ExecutionState): void {
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

function forEachOf(step: GraphStep): string {
  return JSON.stringify([step.step.action, step.step.for_each])
}

function indicesOf(graph: Graph, ids: readonly string[]): number[] {
  return ids.flatMap((id) => graph.indexOf.get(id) ?? [])
}
