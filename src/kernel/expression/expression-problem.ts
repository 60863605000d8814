// A problem of an expression, with its place inside the string that holds it.

import type { Problem } from '../problem.ts'

/** `offset` counts characters from the start of the string (or of the expression's source, where only that is known). */
export interface ExpressionProblem extends Problem {
  readonly offset: number
}
