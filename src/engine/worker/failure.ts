// Whatever went wrong in a run, as a failure the journal can hold.

import type { Failure } from '../../kernel/plan/journal.ts'
import { type Problem, problemKinds } from '../../kernel/problem.ts'
import { ActionError } from '../../packs/kit.ts'

const longestMessage = 4000
/** Of a failure's detail, in characters of JSON; a longer one is left out, the message stays. */
const longestDetail = 100_000

/** Problems of an expression, thrown where only a value can be returned. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join(' '))
    this.name = 'ProblemError'
    this.problems = problems
  }
}

/** An `ActionError` or a problem says whether to retry. Anything else is unforeseen, so another attempt may succeed. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof ActionError) {
    const { code, retry, detail } = thrown
    const isKept = detail !== undefined && JSON.stringify(detail).length <= longestDetail
    return { code, message: shorten(thrown.message), retry, ...(isKept && { detail }) }
  }
  if (thrown instanceof ProblemError) {
    const code = thrown.problems[0]?.code ?? 'internal'
    return { code, message: shorten(thrown.message), retry: problemKinds[code].retry }
  }
  return { code: 'step_failed', message: shorten(describe(thrown)), retry: true }
}

function describe(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message === '' ? `The action threw ${thrown.name}.` : thrown.message
  if (typeof thrown === 'string' && thrown !== '') return thrown
  return `The action threw ${thrown === null ? 'null' : typeof thrown} instead of an error.`
}

function shorten(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage)}…`
}
