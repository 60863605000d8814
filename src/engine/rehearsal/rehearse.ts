// Rehearses a workflow once, from its start to where it ends or waits.

import type { Workflow } from '../../kernel/definition/workflow.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import { stateAt } from '../../kernel/plan/state.ts'
import { type LoadedVersion, prepareVersion } from '../worker/loaded-version.ts'
import { Budget } from './budget.ts'
import type { Rehearsal, RehearsalParts, RehearsalRequest, RehearsedStep } from './rehearsal.ts'
import { RehearsedExecution } from './rehearsed-execution.ts'
import { StepWork } from './step-work.ts'

/** Deterministic: the same request gives the same rehearsal. It never throws for what the definition does. */
export async function rehearse(parts: RehearsalParts, given: RehearsalRequest): Promise<Rehearsal> {
  const budget = given.budget ?? new Budget()
  const request = { ...given, budget }
  const version = given.version ?? makeReady(parts, request.workflow)
  const { execution, work } = open(parts, request, version)
  const end = await execution.play()
  const { state, journal } = execution
  const ended = journal.findLast((event) => event.type === 'execution.ended')
  return {
    workflow: request.workflow.name,
    status: end === 'ended' ? (state.ended ?? 'waiting') : end,
    failure: ended?.type === 'execution.ended' ? ended.failure : undefined,
    output: execution.output,
    isOutputAssumed: execution.isOutputAssumed,
    steps: state.graph.steps.map(({ index }) => stepOf(execution, work, index)),
    path: execution.path,
    runs: work.runs,
    effects: work.effects,
    children: work.children.told,
    chosen: work.choices.chosen,
    journal,
    waitedMs: execution.now - execution.startedAt,
  }
}

/** Compiles a workflow; nothing of it is executed. */
export function makeReady(parts: RehearsalParts, workflow: Workflow): LoadedVersion {
  const ownFields = (name: string) => Object.keys(parts.findAction(name)?.ownExpressions ?? {})
  return prepareVersion('rehearsal', 1, workflow, ownFields)
}

function open(parts: RehearsalParts, request: RehearsalRequest & { readonly budget: Budget }, version: LoadedVersion) {
  let work: StepWork | undefined
  const execution = new RehearsedExecution(version, request.now, (made) => {
    work = new StepWork({ parts, request, version, budget: request.budget, execution: made, rehearse })
    return work
  })
  if (work === undefined) throw new Error('An execution makes its work.')
  return { execution, work }
}

function stepOf(execution: RehearsedExecution, work: StepWork, index: number): RehearsedStep {
  const { id } = stepAt(execution.state.graph, index)
  const { status, outcome, output, failure } = stateAt(execution.state, index)
  return {
    step: id,
    status,
    outcome,
    output,
    failure,
    isAssumed: work.assumptions.has(id),
    condition: execution.conditions.get(id),
  }
}
