import { expect, test } from 'vitest'
import { broken, tell } from '../../../tests/kernel/sample-plan.ts'
import type { JournalEvent } from './journal.ts'
import { lifecycleType, lifecycleTypes } from './lifecycle.ts'

const compensation = { step: 'a', attempt: 1, at: 0, failure: broken }

const told: readonly (readonly [JournalEvent, string | undefined])[] = [
  [tell.started('a'), 'workflow.step_started'],
  [tell.fannedOut('a', 2), undefined],
  [tell.waiting('a', 'timer', 5), 'workflow.step_waiting'],
  [tell.waiting('a', 'approval'), 'workflow.awaiting_approval'],
  [tell.retrying('a', 5), 'workflow.step_retrying'],
  [tell.completed('a'), 'workflow.step_completed'],
  [tell.completed('a', 'approved'), 'workflow.approval_granted'],
  [tell.completed('a', 'rejected'), 'workflow.approval_rejected'],
  [tell.completed('a', 'expired'), 'workflow.escalated'],
  [tell.failed('a'), 'workflow.step_failed'],
  [tell.failed('a', { outcome: 'expired' }), 'workflow.escalated'],
  [tell.skipped('a'), 'workflow.step_skipped'],
  [{ type: 'compensation.retrying', ...compensation, until: 5 }, undefined],
  [tell.undone('a'), 'workflow.step_compensated'],
  [{ type: 'compensation.failed', ...compensation }, 'workflow.compensation_failed'],
  [tell.paused, 'workflow.paused'],
  [tell.resumed, 'workflow.resumed'],
  [tell.cancelling, 'workflow.cancelling'],
  [{ type: 'execution.failing', at: 0, failure: broken }, undefined],
  [tell.retried(), 'workflow.retried'],
  [tell.migrated(), 'workflow.migrated'],
  [tell.ended('completed'), 'workflow.completed'],
  [tell.ended('failed'), 'workflow.failed'],
  [tell.ended('cancelled'), 'workflow.cancelled'],
]

test.each(told)('%j is told as %s', (event, type) => {
  expect(lifecycleType(event)).toBe(type)
})

test('each lifecycle event but the start, which is no journal event, comes from some journal event', () => {
  const types = new Set(told.map(([, type]) => type))
  expect(lifecycleTypes.filter((type) => !types.has(type))).toEqual(['workflow.started'])
})
