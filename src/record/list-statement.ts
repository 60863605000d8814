// What the statements of lists have in common: a name for each text, and limits that stand in the text.

import { createHash } from 'node:crypto'

const limits = [20, 50, 200]

/** The limit for the text of a statement, not below the one asked for: a plan for any number of rows would join whole tables. */
export function textLimit(limit: number): number {
  return limits.find((most) => most >= limit) ?? limit
}

/** A statement that is prepared under a name of its own, one for each set of filters. */
export function listStatement(text: string, values: readonly unknown[]) {
  return {
    name: `list_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`,
    text,
    values: [...values],
  }
}

/**
 * Conditions on what a fenced scan yields. The planner takes each to let half of the rows through; of a plain comparison it would
 * expect a handful, and read and sort everything for them instead of stopping when the page is full.
 */
export function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `where ${conditions.map((one) => `coalesce(${one}, false)`).join(' and ')}`
}
