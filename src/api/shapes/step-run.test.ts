// What the runs of steps show, and what they keep to themselves.

import { expect, test } from 'vitest'
import type { Workflow } from '../../kernel/definition/workflow.ts'
import { fold } from '../../kernel/plan/fold.ts'
import { buildGraph } from '../../kernel/plan/graph.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import { recordRuns } from '../../kernel/plan/run-records.ts'
import { eventBody } from './execution-detail.ts'
import { stepRunBodies } from './step-run.ts'

const workflow: Workflow = {
  name: 'w',
  steps: [
    { id: 'reserve', action: 'log', compensate: { action: 'log' } },
    { id: 'hold', action: 'callback.wait', depends_on: ['reserve'] },
  ],
}
const graph = buildGraph(workflow)

function bodiesOf(...events: JournalEvent[]) {
  return stepRunBodies(
    fold(graph, 0, events, () => graph),
    recordRuns(events),
  )
}

test('whoever may read an execution cannot answer its callbacks', () => {
  const wait = { on: 'callback', ref: 'the-token', until: 90 } as const
  const waiting: JournalEvent = { type: 'step.waiting', step: 'hold', attempt: 1, wait, memo: 'the-token', at: 5 }
  expect(bodiesOf(waiting)[1]?.wait).toEqual({
    on: 'callback',
    since: new Date(5).toISOString(),
    until: new Date(90).toISOString(),
    ref: null,
  })
  expect(JSON.stringify([bodiesOf(waiting), eventBody(1, waiting)])).not.toContain('the-token')
})

test('a failure comes with its detail, and an undone step says how far that has come', () => {
  const failure = { code: 'http_failed', message: 'No.', retry: false, detail: { status: 500 } } as const
  const [reserve, hold] = bodiesOf(
    {
      type: 'step.completed',
      step: 'reserve',
      attempt: 1,
      outcome: 'completed',
      output: { kept: 1 },
      at: 3,
      startedAt: 1,
    },
    { type: 'step.failed', step: 'hold', attempt: 1, outcome: 'failed', failure, at: 9, startedAt: 4 },
    { type: 'compensation.retrying', step: 'reserve', attempt: 1, failure, until: 50, at: 10 },
  )
  expect(reserve).toMatchObject({ output: { kept: 1 }, compensation: { status: 'retrying', attempt: 1 }, items: null })
  expect(hold).toMatchObject({
    status: 'failed',
    outcome: 'failed',
    failure,
    config: {},
    started_at: new Date(4).toISOString(),
  })
})

test('a step that nobody has reached has no times', () => {
  const [reserve, hold] = bodiesOf()
  expect(reserve).toMatchObject({ status: 'ready', started_at: null, attempts: [] })
  expect(hold).toMatchObject({ status: 'pending', ended_at: null, wait: null, approval_id: null, form_id: null })
})
