import { describe, expect, test } from 'vitest'
import { broken, timedOut, workflowOf } from '../../../tests/kernel/sample-plan.ts'
import { backoffMs, failAttempt, failCompensation, failedOutcome } from './attempt.ts'
import { buildGraph, type GraphStep, type RetryPolicy, stepAt } from './graph.ts'

const policy: RetryPolicy = { attempts: 5, backoff: 'exponential', initialMs: 100, maxMs: 1000, jitter: false }

describe('the wait before the next attempt', () => {
  test.each([
    ['fixed', [100, 100, 100, 100, 100]],
    ['linear', [100, 200, 300, 400, 500]],
    ['exponential', [100, 200, 400, 800, 1000]],
  ] as const)('grows as %s says, up to the longest', (backoff, waits) => {
    expect(waits.map((_, index) => backoffMs({ ...policy, backoff }, index + 1, 0.9))).toEqual(waits)
  })

  test('stays finite after a hundred attempts', () => {
    expect(backoffMs(policy, 100, 0)).toBe(1000)
  })

  test('is spread over its upper half by jitter', () => {
    const spread = (chance: number) => backoffMs({ ...policy, jitter: true }, 1, chance)
    expect([0, 0.5, 0.999].map(spread)).toEqual([50, 75, 100])
  })
})

function firstOf(steps: Parameters<typeof workflowOf>[0]): GraphStep {
  return stepAt(buildGraph(workflowOf(steps)), 0)
}

const retry = { attempts: 2, initial: '1s', jitter: false }
const attempt = { item: undefined, attempt: 1, failure: broken, at: 50, startedAt: undefined, chance: 0 }

describe('a failed attempt', () => {
  const step = firstOf([{ id: 'a', retry }])

  test('leads to another one after the wait', () => {
    const event = { type: 'step.retrying', step: 'a', attempt: 1, at: 50, failure: broken, until: 1050 }
    expect(failAttempt(step, attempt)).toEqual(event)
  })

  test('is the last one when the policy allows no more', () => {
    const event = { type: 'step.failed', step: 'a', attempt: 2, at: 50, outcome: 'failed', failure: broken }
    expect(failAttempt(step, { ...attempt, attempt: 2 })).toEqual(event)
  })

  test('is the last one when another cannot succeed', () => {
    expect(failAttempt(step, { ...attempt, failure: { ...broken, retry: false } }).type).toBe('step.failed')
  })

  test('names its item and when it began', () => {
    expect(failAttempt(step, { ...attempt, item: 0, startedAt: 40 })).toMatchObject({ item: 0, startedAt: 40 })
  })

  test('by timeout settles as expired where an edge names that, else as failed', () => {
    const escalating = firstOf([{ id: 'a', on_timeout: 'b' }, { id: 'b' }])
    expect(failAttempt(escalating, { ...attempt, failure: timedOut })).toMatchObject({ outcome: 'expired' })
    expect(failAttempt(step, { ...attempt, failure: timedOut })).toMatchObject({ outcome: 'failed' })
    expect(failedOutcome(escalating, broken)).toBe('failed')
  })

  test('by timeout is tried again like others when another attempt may succeed', () => {
    expect(failAttempt(step, { ...attempt, failure: { ...timedOut, retry: true } }).type).toBe('step.retrying')
  })
})

describe('a failed compensation', () => {
  const step = firstOf([{ id: 'a' }])

  test('is tried five times when the step says nothing about retries', () => {
    const types = [1, 2, 3, 4, 5].map((number) => failCompensation(step, { ...attempt, attempt: number }).type)
    expect(types).toEqual([...Array.from({ length: 4 }, () => 'compensation.retrying'), 'compensation.failed'])
  })

  test('follows the policy of the step where there is one', () => {
    const event = failCompensation(firstOf([{ id: 'a', retry }]), { ...attempt, startedAt: 40 })
    expect(event).toEqual({
      ...{ type: 'compensation.retrying', step: 'a', attempt: 1, at: 50, startedAt: 40 },
      ...{ failure: broken, until: 1050 },
    })
    expect(failCompensation(firstOf([{ id: 'a', retry }]), { ...attempt, attempt: 2 }).type).toBe('compensation.failed')
  })

  test('is given up at once when another attempt cannot succeed', () => {
    const event = failCompensation(step, { ...attempt, failure: { ...broken, retry: false } })
    expect(event).toEqual({
      ...{ type: 'compensation.failed', step: 'a', attempt: 1, at: 50 },
      failure: { ...broken, retry: false },
    })
  })
})
