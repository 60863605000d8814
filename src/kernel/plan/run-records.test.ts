// What the records of runs promise: every attempt and every wait with its times, as far as the journal goes.

import { expect, test } from 'vitest'
import type { JournalEvent } from './journal.ts'
import { durationsOf, recordRuns, runKey } from './run-records.ts'

const failure = { code: 'http_failed', message: 'No answer.', retry: true } as const
const wait = { on: 'approval', ref: 'a-1' } as const
const runsOf = (...events: JournalEvent[]) => recordRuns(events)
const attemptsOf = (runs: ReturnType<typeof recordRuns>, step = 'a', item?: number) =>
  runs.get(runKey(step, item))?.attempts

test('an attempt begins when its work began, and ends with its result', () => {
  const runs = runsOf({
    type: 'step.completed',
    step: 'a',
    attempt: 1,
    outcome: 'completed',
    output: 1,
    at: 20,
    startedAt: 5,
  })
  expect(runs.get('a')).toMatchObject({ startedAt: 5, endedAt: 20 })
  expect(attemptsOf(runs)).toMatchObject([
    { attempt: 1, status: 'completed', startedAt: 5, endedAt: 20, failure: undefined },
  ])
})

test('attempts that failed keep their failure and when the next was due', () => {
  const runs = runsOf(
    { type: 'step.started', step: 'a', attempt: 1, at: 1 },
    { type: 'step.retrying', step: 'a', attempt: 1, failure, until: 50, at: 10 },
    { type: 'step.started', step: 'a', attempt: 2, at: 50 },
    { type: 'step.failed', step: 'a', attempt: 2, outcome: 'failed', failure, at: 60 },
  )
  expect(attemptsOf(runs)).toMatchObject([
    { attempt: 1, status: 'retrying', startedAt: 1, endedAt: 10, retryAt: 50, failure },
    { attempt: 2, status: 'failed', startedAt: 50, endedAt: 60, failure },
  ])
  expect(runs.get('a')?.endedAt).toBe(60)
})

test('a wait ends when the attempt works again; being woken alone ends nothing', () => {
  const waiting: JournalEvent[] = [
    { type: 'step.waiting', step: 'a', attempt: 1, wait, at: 10, startedAt: 8 },
    { type: 'step.started', step: 'a', attempt: 1, at: 90 },
  ]
  expect(attemptsOf(runsOf(...waiting))).toMatchObject([
    { status: 'waiting', startedAt: 8, waits: [{ since: 10, endedAt: undefined }] },
  ])
  const done = runsOf(
    ...waiting,
    { type: 'step.waiting', step: 'a', attempt: 1, wait, at: 95, startedAt: 92 },
    {
      type: 'step.completed',
      step: 'a',
      attempt: 1,
      outcome: 'approved',
      output: null,
      at: 120,
      startedAt: 8,
    },
  )
  // What says that it began before it waited speaks of the attempt, not of the end of the wait.
  expect(attemptsOf(done)?.[0]?.waits).toEqual([
    { wait, since: 10, endedAt: 92 },
    { wait, since: 95, endedAt: 95 },
  ])
})

test('items have records of their own beside their step, and a skipped step has no attempt', () => {
  const runs = runsOf(
    { type: 'step.fanned_out', step: 'a', items: [1, 2], at: 5 },
    { type: 'step.completed', step: 'a', item: 1, attempt: 1, outcome: 'completed', output: null, at: 9 },
    { type: 'step.skipped', step: 'a', item: 0, at: 10 },
    { type: 'step.fanned_out', step: 'b', items: [], at: 12, startedAt: 11 },
    { type: 'execution.paused', by: 'ana', at: 13 },
  )
  expect([...runs.keys()]).toEqual(['a', 'a 1', 'a 0', 'b'])
  expect(runs.get('a')).toMatchObject({ startedAt: 5, endedAt: undefined, attempts: [] })
  expect(runs.get('b')?.startedAt).toBe(11)
  expect(runs.get('a 0')).toMatchObject({ startedAt: 10, endedAt: 10, attempts: [] })
})

test('what is under way when the execution ends is stopped; a retry begins new attempts', () => {
  const runs = runsOf(
    { type: 'step.skipped', step: 'never', at: 1 },
    { type: 'step.started', step: 'a', attempt: 1, at: 1 },
    { type: 'step.waiting', step: 'b', attempt: 1, wait, at: 2 },
    { type: 'step.failed', step: 'c', attempt: 1, outcome: 'failed', failure, at: 3 },
    { type: 'execution.ended', status: 'cancelled', at: 30 },
    { type: 'execution.retried', by: 'ana', steps: [], at: 40 },
    { type: 'step.started', step: 'a', attempt: 1, at: 41 },
  )
  expect(attemptsOf(runs)).toMatchObject([
    { status: 'stopped', startedAt: 1, endedAt: 30 },
    { status: 'running', startedAt: 41 },
  ])
  expect(attemptsOf(runs, 'b')).toMatchObject([{ status: 'stopped', endedAt: 30, waits: [{ endedAt: 30 }] }])
  expect(attemptsOf(runs, 'c')).toMatchObject([{ status: 'failed', endedAt: 3 }])
})

test('a move to another version stops what asked for an approval and what it dropped; the rest waits on', () => {
  const runs = runsOf(
    { type: 'step.waiting', step: 'asks', attempt: 1, wait: { on: 'approval' }, at: 1 },
    { type: 'step.waiting', step: 'changed', attempt: 1, wait: { on: 'timer' }, at: 1 },
    { type: 'step.waiting', step: 'same', attempt: 1, wait: { on: 'timer' }, at: 1 },
    { type: 'step.skipped', step: 'never', at: 1 },
    { type: 'execution.migrated', by: 'ana', versionId: 'v', dropped: ['changed', 'never'], at: 20 },
    { type: 'step.waiting', step: 'asks', attempt: 1, wait: { on: 'approval' }, at: 21 },
  )
  const ended = { status: 'stopped', endedAt: 20 }
  expect(attemptsOf(runs, 'asks')).toMatchObject([ended, { status: 'waiting', waits: [{ since: 21 }] }])
  expect(attemptsOf(runs, 'changed')).toMatchObject([ended])
  expect(attemptsOf(runs, 'same')).toMatchObject([{ status: 'waiting' }])
})

test('working and waiting are told apart, also while they last', () => {
  const runs = runsOf(
    { type: 'step.waiting', step: 'a', attempt: 1, wait, at: 10, startedAt: 0 },
    { type: 'step.completed', step: 'a', attempt: 1, outcome: 'approved', output: null, at: 70, startedAt: 60 },
    { type: 'step.waiting', step: 'b', attempt: 1, wait, at: 20 },
    { type: 'step.started', step: 'c', attempt: 1, at: 90 },
  )
  expect(durationsOf(runs.values(), 100)).toEqual({ workingMs: 10 + 10 + 10, waitingMs: 50 + 80, attempts: 3 })
})

test('what tells of no run makes no record', () => {
  const by = { by: 'ana', at: 1 }
  const undo = { step: 'a', attempt: 1, at: 1 }
  const runs = runsOf(
    { type: 'execution.paused', ...by },
    { type: 'execution.resumed', ...by },
    { type: 'execution.cancelling', ...by },
    { type: 'execution.failing', failure, at: 1 },
    { type: 'compensation.retrying', ...undo, failure, until: 5 },
    { type: 'compensation.failed', ...undo, failure },
    { type: 'compensation.completed', ...undo, output: null },
    { type: 'execution.retried', ...by, steps: [] },
  )
  expect(runs.size).toBe(0)
})
