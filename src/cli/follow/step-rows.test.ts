import { expect, test } from 'vitest'
import { sayOutput, sayWait, stepRows } from './step-rows.ts'
import { restsOn } from './timeline.ts'
import { completed, start, step, timelineOf, waiting } from './timeline.test-kit.ts'

const failure = { code: 'http_failed', message: 'No answer.', retry: true } as const

test('each step has a row: what is done has its time and outcome, what is to come has none', () => {
  const timeline = timelineOf(
    [step('check'), step('send', { depends_on: ['check.valid'] }), step('back', { depends_on: ['check.invalid'] })],
    [completed('check', 200, { outcome: 'valid' })],
  )
  expect(stepRows(timeline, start + 500)).toEqual([
    { id: 'check', status: 'completed', elapsedMs: 200, detail: 'valid' },
    { id: 'send', status: 'queued', elapsedMs: undefined, detail: '' },
    { id: 'back', status: 'bypassed', elapsedMs: undefined, detail: '' },
  ])
})

test('a step that works counts on, one that waits for a person says so and until when', () => {
  const timeline = timelineOf(
    [step('long'), step('ask')],
    [
      { type: 'step.started', step: 'long', attempt: 1, at: start + 100, startedAt: start + 100 },
      waiting('ask', { on: 'approval', ref: '01a1fdfd-e31a-74ee-b328-9d4fb950ea99', until: start + 60_500 }),
    ],
  )
  expect(stepRows(timeline, start + 500)).toEqual([
    { id: 'long', status: 'working', elapsedMs: 400, detail: '' },
    { id: 'ask', status: 'waiting for a person', elapsedMs: 495, detail: 'approval 01a1fdfd-e31a-74ee, expires in 1m' },
  ])
})

test('a retry shows its attempt, when it is due, and what went wrong', () => {
  const retrying = {
    type: 'step.retrying',
    step: 'send',
    attempt: 2,
    failure,
    until: start + 4500,
    at: start + 500,
  } as const
  expect(stepRows(timelineOf([step('send')], [retrying]), start + 500)[0]?.detail).toBe(
    'attempt 2, tries again in 4.0s, No answer.',
  )
})

test('a for_each counts its items, the failed ones, and those that wait for a person', () => {
  const each = step('pay', { for_each: { items: [], on_item_error: 'continue' } })
  const timeline = timelineOf(
    [each],
    [
      { type: 'step.fanned_out', step: 'pay', items: [1, 2, 3], at: start, startedAt: start },
      completed('pay', 100, { item: 0 }),
      { type: 'step.failed', step: 'pay', item: 1, attempt: 1, outcome: 'failed', failure, at: start + 120 },
      waiting('pay', { on: 'form' }, 2),
    ],
  )
  expect(stepRows(timeline, start + 500)).toEqual([
    { id: 'pay', status: 'waiting for a person', elapsedMs: 500, detail: '2 of 3 items, 1 failed' },
  ])
})

test('a failed step says why', () => {
  const failed = { type: 'step.failed', step: 'send', attempt: 1, outcome: 'expired', failure, at: start + 9 } as const
  expect(stepRows(timelineOf([step('send')], [failed]), start)).toMatchObject([
    { status: 'failed', detail: 'expired, No answer.' },
  ])
})

test.each([
  [{ on: 'timer', until: start + 5000 }, 'goes on in 5.0s'],
  [{ on: 'timer' }, 'a timer'],
  [{ on: 'event', ref: 'payment.received' }, 'waits for the event payment.received'],
  [{ on: 'callback', until: start + 5000 }, 'waits for a callback, expires in 5.0s'],
  [{ on: 'child', ref: '01a1fdfd-e31a-74ee-b328-9d4fb950ea99' }, 'waits for the execution 01a1fdfd-e31a-74ee'],
  [{ on: 'form' }, 'form'],
] as const)('a wait for %j is said in words', (wait, said) => {
  expect(sayWait(wait, start)).toBe(said)
})

test('an execution rests on people only when nothing else is left to do', () => {
  const steps = [step('ask'), step('work')]
  const asks = waiting('ask', { on: 'approval' })
  const isForPerson = ({ run }: { run: { wait: { on: string } | undefined } }): boolean => run.wait?.on === 'approval'
  expect(restsOn(timelineOf(steps, [asks]), isForPerson)).toBe(false)
  expect(restsOn(timelineOf(steps, [asks, completed('work', 5)]), isForPerson)).toBe(true)
  expect(restsOn(timelineOf(steps, [asks, waiting('work', { on: 'timer' })]), isForPerson)).toBe(false)
  const paused = { type: 'execution.paused', by: 'ana', at: start } as const
  expect(restsOn(timelineOf(steps, [asks, completed('work', 5), paused]), isForPerson)).toBe(false)
})

test('what a retry runs again has no time yet', () => {
  const events = [
    completed('a', 50),
    { type: 'step.failed', step: 'b', attempt: 1, outcome: 'failed', failure, at: start + 60 },
    { type: 'execution.ended', status: 'failed', failure, at: start + 61 },
    { type: 'execution.retried', by: 'ana', steps: ['b'], at: start + 70 },
  ] as const
  const timeline = timelineOf([step('a'), step('b', { depends_on: ['a'] })], events)
  expect(timeline.endedAt).toBeUndefined()
  expect(stepRows(timeline, start + 100)).toMatchObject([
    { id: 'a', elapsedMs: 50 },
    { id: 'b', status: 'queued', elapsedMs: undefined },
  ])
})

test('an output is said in one line, cut where it is long, and not at all when it is empty', () => {
  expect([null, {}, { a: 1 }].map((output) => sayOutput(output, 20))).toEqual(['', '', '{"a":1}'])
  expect(sayOutput('x'.repeat(50), 10)).toBe('"xxxxxxxx…')
})
