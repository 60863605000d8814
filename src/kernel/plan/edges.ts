// Which edges are taken, and what that makes of the steps behind them (dead-path elimination).

import { type Edge, type GraphStep, stepAt } from './graph.ts'
import type { Failure } from './journal.ts'
import { type ExecutionState, stateAt, type StepState } from './state.ts'

/** Outcomes that say no. A plain edge does not lead on from them, and a skipped step does not take the edges that name them. */
export const negativeOutcomes = ['failed', 'rejected', 'expired'] as const

function isNegative(outcome: string | undefined): outcome is (typeof negativeOutcomes)[number] {
  return negativeOutcomes.some((negative) => negative === outcome)
}

/** Settles a step and passes that on: targets whose last edge this decides become ready, or are bypassed in turn. */
export function settle(state: ExecutionState, index: number): void {
  const settled = [index]
  for (let source = settled.pop(); source !== undefined; source = settled.pop()) {
    state.open.delete(source)
    state.unsettled--
    for (const edge of stepAt(state.graph, source).out) {
      const target = stateAt(state, edge.to)
      target.undecided--
      if (target.undecided === 0 && target.status === 'pending' && !admit(state, edge.to)) settled.push(edge.to)
    }
  }
}

/** Makes a step whose edges are all decided ready, or bypasses it; returns whether it may run. */
export function admit(state: ExecutionState, index: number): boolean {
  const step = stateAt(state, index)
  if (mayRun(state, stepAt(state.graph, index))) {
    // A `for_each` that kept items through a retry has fanned out already.
    step.status = step.fanOut === undefined ? 'ready' : 'running'
    state.open.add(index)
    return true
  }
  step.status = 'bypassed'
  return false
}

/**
 * A step may run when no plain edge comes from a step that went badly, one of its named edges (if it has any) was taken,
 * and at least one edge was taken at all. A plain edge beside a rejected approval therefore never lets the step through.
 */
function mayRun(state: ExecutionState, step: GraphStep): boolean {
  if (step.in.length === 0) return true
  let taken = false
  let named = false
  let namedTaken = false
  for (const edge of step.in) {
    const source = stateAt(state, edge.from)
    if (edge.outcome === undefined && wentBadly(source)) return false
    const isTaken = isEdgeTaken(edge, source)
    taken ||= isTaken
    named ||= edge.outcome !== undefined
    namedTaken ||= isTaken && edge.outcome !== undefined
  }
  return taken && (!named || namedTaken)
}

function isEdgeTaken(edge: Edge, source: StepState): boolean {
  if (source.status === 'bypassed') return false
  if (edge.outcome === undefined) return !wentBadly(source)
  if (source.status === 'skipped') return !isNegative(edge.outcome)
  return source.outcome === edge.outcome
}

function wentBadly(source: StepState): boolean {
  return source.status === 'failed' || (source.status === 'completed' && isNegative(source.outcome))
}

/**
 * Why a settled step fails its execution, if it does: it failed and no edge names that outcome, or it was rejected or
 * expired, a plain edge waits for it, and no edge of it names any outcome.
 */
export function unhandledFailure(step: GraphStep, settled: StepState): Failure | undefined {
  const { status, outcome } = settled
  if (status === 'failed') return step.out.some((edge) => edge.outcome === outcome) ? undefined : settled.failure
  if (status !== 'completed' || !isNegative(outcome)) return undefined
  if (step.out.length === 0 || step.out.some((edge) => edge.outcome !== undefined)) return undefined
  return {
    code: `step_${outcome}`,
    message: `Step ${step.id} ${happened[outcome]}, and no step depends on "${step.id}.${outcome}".`,
    retry: false,
  }
}

const happened = { failed: 'failed', rejected: 'was rejected', expired: 'was not answered in time' } as const
