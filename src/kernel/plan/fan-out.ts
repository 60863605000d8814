// A step with `for_each`: which items may work, and what the step yields once they have settled.

import type { Json, JsonObject } from '../json.ts'
import { negativeOutcomes } from './edges.ts'
import { type FanOut, newRun } from './state.ts'

export function newFanOut(items: readonly Json[]): FanOut {
  return {
    items,
    runs: items.map(newRun),
    active: new Set(),
    next: 0,
    settled: 0,
    failure: undefined,
  }
}

/** Lets the next items work until as many are active as the concurrency allows; items that have settled are passed over. */
export function activateItems(fan: FanOut, concurrency: number): void {
  while (fan.active.size < concurrency && fan.next < fan.items.length) {
    if (fan.runs[fan.next]?.status === 'pending') fan.active.add(fan.next)
    fan.next++
  }
}

/** What `steps.<id>.output` is for a `for_each`: outputs by position (null where there is none) and the items that failed. */
export function fanOutOutput(fan: FanOut): JsonObject {
  return {
    items: fan.runs.map((run) => (run.status === 'completed' ? run.output : null)),
    failed: failedItems(fan),
    completed: completedCount(fan),
  }
}

/** More failed items than this say nothing new. */
const mostListed = 100

/** What the failure of a `for_each` tells: the items that failed, the first hundred of them, and how many completed. */
export function fanOutDetail(fan: FanOut): JsonObject {
  return { failed: failedItems(fan).slice(0, mostListed), completed: completedCount(fan) }
}

function failedItems(fan: FanOut): JsonObject[] {
  return fan.runs.flatMap(({ status, failure }, index) =>
    status === 'failed' && failure !== undefined
      ? [{ index, error: { code: failure.code, message: failure.message } }]
      : [],
  )
}

function completedCount(fan: FanOut): number {
  return fan.runs.filter((run) => run.status === 'completed').length
}

/**
 * The outcome of the step as a whole. One completed item whose outcome says no makes the whole say so: a plain edge must
 * not lead past it. Items that all agree give their outcome; else it is `completed`.
 */
export function fanOutOutcome(fan: FanOut): string {
  const outcomes = new Set(fan.runs.flatMap((run) => (run.status === 'completed' ? [run.outcome] : [])))
  for (const outcome of negativeOutcomes) if (outcomes.has(outcome)) return outcome
  const [only, other] = outcomes
  return only !== undefined && other === undefined ? only : 'completed'
}
