// A step that a rehearsal does not run: it gives what was said of it, or what its action promises.

import type { GraphStep } from '../../kernel/plan/graph.ts'
import type { Answer } from '../../kernel/testcase/answers.ts'
import { ActionError, type Json, type RegisteredAction } from '../../packs/kit.ts'
import type { Assumptions } from './assumptions.ts'
import type { Choices } from './choices.ts'
import { givenOutput, outcomesOf, sampleOutput } from './sample-output.ts'

export interface UnplayedStep {
  readonly step: GraphStep
  readonly item: number | undefined
  readonly action: RegisteredAction
  /** What its config needs a real run to know. */
  readonly needs: readonly string[]
  readonly choices: Choices
  readonly assumptions: Assumptions
}

interface Completed {
  readonly kind: 'completed'
  readonly outcome: string
  readonly output: Json
}

/** What was said of the step; undefined where that only answers what the step waits for. Throws where it is said to fail. */
export function saidOf(unplayed: UnplayedStep, given: Answer): Completed | undefined {
  const { step, action, assumptions } = unplayed
  if (given.kind === 'failure') {
    const { code, message, retry } = given.failure
    throw new ActionError(code, message, { retry })
  }
  if (given.kind === 'result') {
    const { output, outcome } = given
    if (output === undefined) assumptions.add(step.id)
    const value = output === undefined ? sampleOutput(action) : givenOutput(action, step.id, output)
    return { kind: 'completed', output: value, outcome: outcomeOf(unplayed, outcome) }
  }
  if (action.effect === 'pure') return undefined
  if (given.kind === 'callback')
    return {
      kind: 'completed',
      output: givenOutput(action, step.id, { data: given.data }),
      outcome: outcomeOf(unplayed, undefined),
    }
  if (given.kind === 'expired')
    return { kind: 'completed', output: sampleOutput(action), outcome: outcomeOf(unplayed, 'expired') }
  throw new ActionError('conflict', `"${step.id}" waits for nobody, so it takes no answer. Give it a mock.`)
}

function outcomeOf({ step, action }: UnplayedStep, given: string | undefined): string {
  const declared = outcomesOf(action, step.step.config ?? {})
  const outcome = given ?? (declared.includes('completed') ? 'completed' : (declared[0] ?? 'completed'))
  if (declared.includes(outcome)) return outcome
  const message = `"${step.id}" cannot settle as "${outcome}". The outcomes of ${action.name}: ${declared.join(', ')}.`
  throw new ActionError('invalid_output', message)
}

/** It is assumed to go well, or whichever way is chosen where its edges name several. */
export function assumed(unplayed: UnplayedStep): Completed {
  const { step, item, action, needs, choices, assumptions } = unplayed
  const declared = outcomesOf(action, step.step.config ?? {})
  const usual = outcomeOf(unplayed, undefined)
  const about = action.effect !== 'pure' && declared.includes('expired') ? 'answer' : 'outcome'
  const options = [usual, ...othersOf(unplayed, declared, usual)]
  const outcome = choices.take({ step: step.id, item, about, options, needs }) ?? usual
  if (!declared.includes(outcome)) throw assumedFailure(outcome)
  assumptions.add(step.id)
  return { kind: 'completed', outcome, output: sampleOutput(action) }
}

/** The ways it may go besides the usual one: failures only where an edge says what then. */
function othersOf({ step, action }: UnplayedStep, declared: readonly string[], usual: string): string[] {
  const named = new Set(step.out.map(({ outcome }) => outcome))
  const mayBeAnyOf = action.effect === 'pure' || declared.includes('expired')
  const others = declared.filter((one) => one !== usual && (mayBeAnyOf || named.has(one)))
  const isTimed = step.timeoutMs !== undefined && !declared.includes('expired')
  return [
    ...others,
    ...(named.has('failed') ? ['failed'] : []),
    ...(named.has('expired') && isTimed ? ['expired'] : []),
  ]
}

function assumedFailure(outcome: string): ActionError {
  return outcome === 'expired'
    ? new ActionError('step_timeout', 'It is assumed to take too long.')
    : new ActionError('step_failed', 'It is assumed to fail.')
}
