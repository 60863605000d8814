// Bounds how much text and how many list entries one evaluation may make.

import { EvaluationError } from '@marcbachmann/cel-js'
import { Duration } from '@marcbachmann/cel-js/evaluator'
import { checkedDuration, timestampOf } from './clock.ts'

/** Characters, bytes and list entries, of all intermediate values together: a text doubled in a chain ends here. */
const evaluationBudget = 8_000_000

/** Characters of the text times those of what is looked for: V8's search may compare each with each (18 s for 500,000 × 250,000). */
const searchBudget = 100_000_000

export const tooLarge = 'value_too_large'

/** Evaluations are synchronous and never nest, so one counter serves them all. */
const budget = { left: evaluationBudget, search: searchBudget }

export function startBudget(): void {
  budget.left = evaluationBudget
  budget.search = searchBudget
}

/** Takes the room that a result is going to need, before it is made. */
export function reserve(size: number): void {
  budget.left -= size
  if (budget.left < 0) {
    throw new EvaluationError({ code: tooLarge, message: 'The expression makes too much text or too long lists' })
  }
}

/** Charges for looking for one text in another, before it is done. */
export function reserveSearch(text: string, search: string): void {
  budget.search -= text.length * search.length
  if (budget.search < 0)
    throw new EvaluationError({ code: tooLarge, message: 'The expression looks for too long texts' })
}

/** Charges for a value that an operator or a function has made, and refuses times that cannot be written. */
export function spend(value: unknown): unknown {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) reserve(value.length)
  else if (value instanceof Date) timestampOf(value.getTime())
  else if (value instanceof Duration) checkedDuration(value)
  return value
}
