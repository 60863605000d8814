// Why an execution may not be moved to another version: all reasons at once.

import type { Problem } from '../problem.ts'
import { unhandledFailure } from './edges.ts'
import { type GraphStep, stepAt } from './graph.ts'
import { isUnderWay, type PastStep, runsOf, stepsById } from './migration.ts'
import { forEachOf, isKept } from './reset.ts'
import { type ExecutionState, isSettled, stateAt } from './state.ts'

/** `moved` is what the execution would be. Code `conflict`. */
export function migrationProblems(state: ExecutionState, moved: ExecutionState): readonly Problem[] {
  if (state.ended !== undefined) return [problem(`It has ended: it is ${state.ended}.`, 'Retry it with that version.')]
  if (state.ending !== undefined) {
    return [problem(`It is winding down, and will be ${state.ending.status}.`, 'Retry it with that version then.')]
  }
  const past = stepsById(state)
  return [
    ...[...past.values()].flatMap(runningProblem),
    ...moved.graph.steps.flatMap((step) => {
      const before = past.get(step.id)
      if (before === undefined) return []
      return isUnderWay(before.state) ? itemsProblem(moved, before, step) : settledProblems(moved, before, step)
    }),
  ]
}

function problem(message: string, hint: string): Problem {
  return { code: 'conflict', message, hint }
}

/** Its worker died, or it works right now: nobody knows how far it came. */
function runningProblem({ step: { id }, state }: PastStep): readonly Problem[] {
  if (!runsOf(state).some(({ status }) => status === 'running')) return []
  return [
    problem(`The step "${id}" is at work.`, 'Wait until it has ended, or pause the execution and then try again.'),
  ]
}

/** Items that have settled may neither be lost nor stand beside those of another list. */
function itemsProblem(moved: ExecutionState, { step: before, state }: PastStep, step: GraphStep): readonly Problem[] {
  const settled = state.fanOut?.settled ?? 0
  if (settled === 0 || isSettled(stateAt(moved, step.index).status)) return []
  const done = `${settled} of the ${runsOf(state).length} items of "${step.id}" have settled`
  if (forEachOf(before) !== forEachOf(step)) {
    return [problem(`${done}, and the version has other items or another action.`, 'Let the step end first.')]
  }
  const ahead = sourcesAhead(moved, step)
  if (ahead.length === 0) return []
  return [problem(`${done}, and the version puts ${ahead.join(', ')} before it.`, 'Let the step end first.')]
}

function settledProblems(moved: ExecutionState, { state }: PastStep, step: GraphStep): readonly Problem[] {
  if (!isKept(state)) return []
  const problems: Problem[] = []
  const ahead = sourcesAhead(moved, step)
  if (ahead.length > 0) {
    const message = `The step "${step.id}" has settled, and the version puts ${ahead.join(', ')} before it, which it would skip.`
    problems.push(problem(message, 'Put the new steps behind what has settled, or let the execution end.'))
  }
  if (unhandledFailure(step, state) !== undefined) {
    const message = `The step "${step.id}" ended as ${state.outcome}, and the version does not deal with that.`
    problems.push(problem(message, `Let a step depend on "${step.id}.${state.outcome}", as before.`))
  }
  return problems
}

/** The steps before it that are still to run, in quotes. */
function sourcesAhead(moved: ExecutionState, step: GraphStep): readonly string[] {
  const ahead = step.in.filter(({ from }) => !isSettled(stateAt(moved, from).status))
  return [...new Set(ahead.map(({ from }) => `"${stepAt(moved.graph, from).id}"`))]
}
