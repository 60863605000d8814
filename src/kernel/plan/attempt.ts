// What follows from an attempt that failed: another attempt after a wait, or the end of the step.

import { type GraphStep, type RetryPolicy } from './graph.ts'
import type { Failure, JournalEvent } from './journal.ts'

/**
 * Milliseconds to wait before the next attempt. With jitter the wait is spread over its upper half ("equal jitter",
 * AWS Architecture Blog, Exponential Backoff And Jitter, 2015). `chance` is in [0, 1).
 */
export function backoffMs(policy: RetryPolicy, attempt: number, chance: number): number {
  const grown = {
    fixed: policy.initialMs,
    linear: policy.initialMs * attempt,
    exponential: policy.initialMs * 2 ** (attempt - 1),
  }[policy.backoff]
  const full = Math.min(grown, policy.maxMs)
  return Math.round(policy.jitter ? full * (0.5 + chance / 2) : full)
}

export interface FailedAttempt {
  readonly item: number | undefined
  readonly attempt: number
  readonly failure: Failure
  readonly at: number
  readonly startedAt: number | undefined
  readonly chance: number
}

/** The event that a failed attempt of a step leads to: `step.retrying` while attempts are left, else `step.failed`. */
export function failAttempt(step: GraphStep, failed: FailedAttempt): JournalEvent {
  const { item, attempt, failure, at, startedAt, chance } = failed
  const run = {
    step: step.id,
    attempt,
    ...(item !== undefined && { item }),
    at,
    ...(startedAt !== undefined && { startedAt }),
  }
  if (failure.retry && attempt < step.retry.attempts) {
    return { type: 'step.retrying', ...run, failure, until: at + backoffMs(step.retry, attempt, chance) }
  }
  return { type: 'step.failed', ...run, outcome: failedOutcome(step, failure), failure }
}

/** The same for an attempt to compensate a step. */
export function failCompensation(step: GraphStep, failed: Omit<FailedAttempt, 'item'>): JournalEvent {
  const { attempt, failure, at, startedAt, chance } = failed
  const run = { step: step.id, attempt, failure, at, ...(startedAt !== undefined && { startedAt }) }
  const policy = step.compensationRetry
  return failure.retry && attempt < policy.attempts
    ? { type: 'compensation.retrying', ...run, until: at + backoffMs(policy, attempt, chance) }
    : { type: 'compensation.failed', ...run }
}

/** A timeout leads to `expired` where an edge names it, and is a failure like others where none does. */
export function failedOutcome(step: GraphStep, failure: Failure): 'failed' | 'expired' {
  return failure.code === 'step_timeout' && step.out.some((edge) => edge.outcome === 'expired') ? 'expired' : 'failed'
}
