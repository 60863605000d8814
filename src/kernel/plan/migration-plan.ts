// What moving a waiting execution to another version would do to each of its steps, and why it may not be moved.

import { canonicalJson } from '../definition/canonical-json.ts'
import type { Problem } from '../problem.ts'
import { type Graph, type GraphStep, stepAt } from './graph.ts'
import { isAsking, isUnderWay, moveToVersion, type PastStep, runsOf, stepsById } from './migration.ts'
import { migrationProblems } from './migration-problems.ts'
import { type ExecutionState, isSettled, stateAt, type StepStatus } from './state.ts'

/**
 * `stays`: it has settled. `goes_on`: it waits on as it is. `asked_anew`: its approval is void and asked for again.
 * `begins_anew`: it has changed, what it waited for is dropped. `given_up`: it waited, and the new version does not come to it.
 * `forgotten`: it had settled or never begun, and the new version does not have it. `ahead`: it has not begun.
 */
export type StepFate = 'stays' | 'goes_on' | 'asked_anew' | 'begins_anew' | 'given_up' | 'forgotten' | 'ahead'

export interface StepMove {
  readonly step: string
  readonly fate: StepFate
  /** Before; undefined for a step that is new. */
  readonly status: StepStatus | undefined
  /** Whether the versions differ in what it does: its action, config, items or edges. */
  readonly isChanged: boolean
}

export interface MigrationPlan {
  /** In the order of the new version; then those that it does not have. */
  readonly moves: readonly StepMove[]
  /** As `execution.migrated` names them. */
  readonly dropped: readonly string[]
  /** All reasons (code `conflict`) why it cannot be moved; empty when it can. */
  readonly problems: readonly Problem[]
}

/** Plans a move. The execution must be at rest. Nothing is changed. */
export function planMigration(state: ExecutionState, graph: Graph): MigrationPlan {
  const past = stepsById(state)
  const moved = trial(state, graph)
  const fates = new Map(graph.steps.map((step) => [step.id, fateOf(state.graph, past.get(step.id), moved, step)]))
  for (const [id, { state: old }] of past) {
    if (!fates.has(id)) fates.set(id, isUnderWay(old) ? 'given_up' : 'forgotten')
  }
  const moves = [...fates].map(([id, fate]) => {
    const [before, after] = [past.get(id), graph.indexOf.get(id)]
    const isChanged =
      before !== undefined &&
      after !== undefined &&
      written(state.graph, before.step) !== written(graph, stepAt(graph, after))
    return { step: id, fate, status: before?.state.status, isChanged }
  })
  const dropped = moves.flatMap(({ step, fate }) => (fate === 'begins_anew' || fate === 'given_up' ? step : []))
  return { moves, dropped, problems: migrationProblems(state, moved) }
}

/** What the fold would make of it, on copies: settling counts edges in the states of steps. */
function trial(state: ExecutionState, graph: Graph): ExecutionState {
  const copy = { ...state, steps: state.steps.map((step) => ({ ...step })) }
  moveToVersion(copy, { versionId: '', dropped: [] }, () => graph)
  return copy
}

function fateOf(before: Graph, past: PastStep | undefined, moved: ExecutionState, step: GraphStep): StepFate {
  const now = stateAt(moved, step.index)
  if (past === undefined || !isUnderWay(past.state)) {
    return past !== undefined && isSettled(past.state.status) && isSettled(now.status) ? 'stays' : 'ahead'
  }
  if (now.status === 'bypassed') return 'given_up'
  if (now.status === 'pending' || written(before, past.step) !== written(moved.graph, step)) return 'begins_anew'
  return runsOf(past.state).some(isAsking) ? 'asked_anew' : 'goes_on'
}

/** What a step does, and when: its action with all that it is given, and the edges that lead to it. */
function written(graph: Graph, { step, in: edges }: GraphStep): string {
  const { action, config = {}, for_each: items } = step
  const sources = edges.map(({ from, outcome = '' }) => `${stepAt(graph, from).id}.${outcome}`)
  return canonicalJson([action, config, items, sources.toSorted()])
}
