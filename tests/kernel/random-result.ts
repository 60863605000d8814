// How a piece of work under way ends: a choice of all that an action, a fan-out or a compensation can come to.

import { failAttempt, failCompensation } from '../../src/kernel/plan/attempt.ts'
import type { GraphStep } from '../../src/kernel/plan/graph.ts'
import type { Failure, JournalEvent, Wait } from '../../src/kernel/plan/journal.ts'

/** Something under way in a worker. */
export interface Work {
  readonly kind: 'run' | 'wake' | 'compensate'
  readonly index: number
  readonly item: number | undefined
  readonly attempt: number
  readonly startedAt: number
}

/** A choice: a number below `count`. */
type Pick = (count: number) => number

const outcomes = ['completed', 'completed', 'completed', 'yes', 'approved', 'rejected', 'expired', 'no', 'failed']
const flaky: Failure = { code: 'http_failed', message: 'No answer.', retry: true }
const final: Failure = { code: 'http_refused', message: 'No.', retry: false }
export const late: Failure = { code: 'step_timeout', message: 'Too slow.', retry: true }

/** The event that a piece of work ends with. With 0 for all choices it goes well. */
export function randomResult(step: GraphStep, work: Work, at: number, pick: Pick): JournalEvent {
  if (work.kind === 'compensate') return compensated(step, work, at, pick)
  if (step.step.for_each !== undefined && work.item === undefined) return fannedOut(step, work, at, pick)
  return ran(step, work, at, pick)
}

function ran(step: GraphStep, work: Work, at: number, pick: Pick): JournalEvent {
  const { item, attempt, startedAt } = work
  const base = { step: step.id, attempt, at, startedAt, ...(item !== undefined && { item }) }
  const wait = (on: Wait['on'], seconds?: number): JournalEvent => ({
    ...{ type: 'step.waiting', ...base, memo: at },
    wait: { on, ...(seconds !== undefined && { until: at + seconds * 1000 }) },
  })
  const fail = (failure: Failure) => failAttempt(step, { ...work, at, failure, chance: pick(10) / 10 })
  switch (pick(24)) {
    case 13:
      return fail(late)
    case 12:
      return fail(final)
    case 11:
    case 10:
      return fail(flaky)
    case 9:
      return wait('approval', 1 + pick(20))
    case 8:
      return wait('form')
    case 7:
      return wait('timer', 1 + pick(20))
    case 6:
      if (step.step.condition !== undefined && work.kind === 'run') return skipped(step, work, at)
  }
  const outcome = outcomes[pick(outcomes.length)] ?? 'completed'
  return { type: 'step.completed', ...base, outcome, output: `${attempt}@${at}` }
}

/** A `for_each` first decides its condition and its items. */
function fannedOut(step: GraphStep, work: Work, at: number, pick: Pick): JournalEvent {
  const choice = pick(9)
  if (choice === 8) return failAttempt(step, { ...work, at, failure: flaky, chance: 0 })
  if (choice === 7 && step.step.condition !== undefined) return skipped(step, work, at)
  const items = Array.from({ length: (choice + 2) % 6 }, (_, item) => item)
  return { type: 'step.fanned_out', step: step.id, items, at, startedAt: work.startedAt }
}

function skipped(step: GraphStep, { item }: Work, at: number): JournalEvent {
  return { type: 'step.skipped', step: step.id, ...(item !== undefined && { item }), at }
}

function compensated(step: GraphStep, work: Work, at: number, pick: Pick): JournalEvent {
  const choice = pick(6)
  if (choice > 3) return failCompensation(step, { ...work, at, failure: choice === 4 ? flaky : final, chance: 0 })
  return { type: 'compensation.completed', step: step.id, attempt: work.attempt, output: null, at }
}
