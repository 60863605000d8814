// What the line promises that says why an execution does not go on.

import { expect, test } from 'vitest'
import type { Workflow } from '../../kernel/definition/workflow.ts'
import { fold } from '../../kernel/plan/fold.ts'
import { buildGraph } from '../../kernel/plan/graph.ts'
import type { JournalEvent, Wait } from '../../kernel/plan/journal.ts'
import type { Approvers } from '../../kernel/voting/rule-problem.ts'
import { sayWaiting } from './waiting-line.ts'

const step = (id: string) => ({ id, action: 'log' })
const workflow: Workflow = {
  name: 'w',
  steps: [step('a'), step('b'), step('c'), { ...step('each'), for_each: { items: '{{ [1, 2] }}' } }],
}
const graph = buildGraph(workflow)
const until = Date.parse('2026-11-22T12:00:00Z')

const waiting = (id: string, wait: Wait, item?: number): JournalEvent => ({
  type: 'step.waiting',
  step: id,
  attempt: 1,
  wait,
  at: 1,
  ...(item !== undefined && { item }),
})

function lineOf(
  events: readonly JournalEvent[],
  given: Partial<Parameters<typeof sayWaiting>[0]> = {},
  approvers?: Approvers,
) {
  const asked = new Map(approvers === undefined ? [] : [['a-1', { approvers, approvals: 0 }]])
  const state = fold(graph, 0, events, () => graph)
  return sayWaiting({ status: 'waiting', concurrencyLimit: null, ...given }, state, asked)
}

test('people come before events, and events before times; the rest is counted', () => {
  const timer = waiting('a', { on: 'timer', until })
  expect(lineOf([timer])).toBe('2026-11-22T12:00:00.000Z (a)')
  expect(lineOf([timer, waiting('b', { on: 'event', ref: 'order.paid', until })])).toBe(
    'the event order.paid until 2026-11-22T12:00:00.000Z (b), and 1 more step',
  )
  const approval = waiting('c', { on: 'approval', ref: 'a-1' })
  expect(lineOf([timer, waiting('b', { on: 'event' }), approval])).toBe('approval (c), and 2 more steps')
})

test('an approval names whom it asks', () => {
  const events = [waiting('a', { on: 'approval', ref: 'a-1' })]
  expect(lineOf(events, {}, { role: 'cfo' })).toBe('approval by cfo (a)')
  expect(lineOf(events, {}, { council: 'media' })).toBe('approval by council "media" (a)')
  expect(lineOf(events, {}, { members: ['a@x.example', 'b@x.example'] })).toBe(
    'approval by a@x.example and b@x.example (a)',
  )
})

test('an item of a for_each is counted from one', () => {
  const fanned: JournalEvent = { type: 'step.fanned_out', step: 'each', items: [1, 2], at: 1 }
  expect(lineOf([fanned, waiting('each', { on: 'child' }, 1)])).toBe('the child execution  (each, item 2)')
})

test('what is queued waits for a worker, and under a limit for a place', () => {
  expect(lineOf([], { status: 'queued' })).toBe('a worker')
  expect(lineOf([], { status: 'queued', concurrencyLimit: 3 })).toBe('a worker and a place: 3 may run at once')
  expect(lineOf([], { status: 'paused' })).toBe('somebody to resume it')
})

test('nothing is said where nothing waits', () => {
  expect([lineOf([]), lineOf([], { status: 'running' }), lineOf([], { status: 'completed' })]).toEqual([
    null,
    null,
    null,
  ])
})
