import { expect, test } from 'vitest'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { lifecycleEvent, startedEvent, textLine } from './lifecycle-line.ts'
import { completed, start, step, timelineOf, waiting } from './timeline.test-kit.ts'

const told = { executionId: 'e1', workflow: 'order' }
const failure = { code: 'http_failed', message: 'No answer.', retry: true } as const
const steps = [step('send'), step('ask', { depends_on: ['send'] })]

/** What is told of the last of some events. */
function tell(...events: readonly JournalEvent[]) {
  const last = events.at(-1)
  return last === undefined ? undefined : lifecycleEvent(told, events.length, last, timelineOf(steps, events))
}

test('the start has no place in the journal', () => {
  expect(startedEvent(told, start)).toEqual({
    type: 'workflow.started',
    execution_id: 'e1',
    workflow: 'order',
    at: '2026-11-21T12:00:00.000Z',
    seq: 0,
  })
})

test('a completed step is told with outcome and output', () => {
  const fannedOut = { type: 'step.fanned_out', step: 'send', items: ['a', 'b'], at: start } as const
  expect(tell(fannedOut, completed('send', 20, { item: 1 }))).toEqual({
    type: 'workflow.step_completed',
    execution_id: 'e1',
    workflow: 'order',
    step: 'send',
    item: 1,
    attempt: 1,
    outcome: 'completed',
    output: null,
    at: '2026-11-21T12:00:00.020Z',
    seq: 2,
  })
})

test('what waits for a person is told with what names it', () => {
  expect(tell(completed('send', 1), waiting('ask', { on: 'approval', ref: 'a1', until: start + 1000 }))).toMatchObject({
    type: 'workflow.awaiting_approval',
    waits_for: { on: 'approval', ref: 'a1', until: '2026-11-21T12:00:01.000Z' },
    seq: 2,
  })
})

test('the end tells what became of every step', () => {
  const end = { type: 'execution.ended', status: 'completed', output: { ok: true }, at: start + 50 } as const
  expect(tell(completed('send', 1), completed('ask', 2, { outcome: 'approved' }), end)).toMatchObject({
    type: 'workflow.completed',
    output: { ok: true },
    steps: [
      { id: 'send', status: 'completed', outcome: 'completed' },
      { id: 'ask', status: 'completed', outcome: 'approved' },
    ],
  })
})

test('what concerns the engine alone is not told', () => {
  expect(tell({ type: 'execution.failing', failure, at: start })).toBeUndefined()
})

test.each<[JournalEvent, string]>([
  [completed('send', 2000, { outcome: 'valid' }), '+2.0s     send: completed, valid'],
  [{ type: 'step.skipped', step: 'send', at: start }, '+0.0s     send: skipped, its condition is false'],
  [
    { type: 'step.retrying', step: 'send', attempt: 2, failure, until: start + 1500, at: start + 500 },
    '+0.5s     send: failed, will be tried again, attempt 2, No answer., again in 1.0s',
  ],
  [
    waiting('send', { on: 'approval', ref: 'a1', until: start + 10 }),
    '+0.0s     send: waits for a person, approval a1, expires now',
  ],
  [waiting('send', { on: 'callback' }, undefined), '+0.0s     send: waits, waits for a callback'],
  [{ type: 'execution.paused', by: 'ana', reason: 'lunch', at: start }, '+0.0s     order: paused, by ana, lunch'],
  [{ type: 'execution.ended', status: 'failed', failure, at: start }, '+0.0s     order: failed, No answer.'],
  [{ type: 'execution.ended', status: 'completed', output: { a: 1 }, at: start }, '+0.0s     order: completed'],
])('%j is one line for people', (event, line) => {
  const seen = tell(event)
  expect(seen).toBeDefined()
  if (seen !== undefined) expect(textLine(seen, start)).toContain(line)
})

test('a retry by a person names its steps', () => {
  const failed = { type: 'step.failed', step: 'send', attempt: 1, outcome: 'failed', failure, at: start } as const
  const ended = { type: 'execution.ended', status: 'failed', failure, at: start } as const
  expect(tell(failed, ended, { type: 'execution.retried', by: 'cli', steps: ['send'], at: start })).toMatchObject({
    type: 'workflow.retried',
    by: 'cli',
    steps: [{ id: 'send' }],
  })
})
