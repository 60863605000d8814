import { describe, expect, test } from 'vitest'
import { broken, SamplePlay, tell, workflowOf } from '../../../tests/kernel/sample-plan.ts'

const one = workflowOf([{ id: 'a' }])
const approval = { on: 'approval' }

describe('the run of a step', () => {
  test('that began is running, from when its event says or else from when it was written', () => {
    expect(new SamplePlay(one, [tell.started('a', { at: 5 })]).step('a')).toMatchObject({
      ...{ status: 'running', attempt: 1, startedAt: 5 },
    })
    expect(new SamplePlay(one, [tell.started('a', { at: 5, startedAt: 3 })]).step('a').startedAt).toBe(3)
  })

  test('that waits knows for what, with its memo, and forgets both when it goes on', () => {
    const play = new SamplePlay(one, [tell.waiting('a', 'approval')])
    expect(play.step('a')).toMatchObject({ status: 'waiting', wait: approval, memo: 'memo' })
    expect(play.add(tell.completed('a', 'approved')).step('a')).toMatchObject({
      ...{ status: 'completed', outcome: 'approved', output: 'a!', wait: undefined, memo: undefined },
    })
  })

  test('that waits still does when an event says that it was woken: it must be woken again should its worker die', () => {
    const play = new SamplePlay(one, [tell.waiting('a', 'approval', 50)])
    const before = structuredClone(play.step('a'))
    expect(play.add(tell.started('a', { at: 40 })).step('a')).toEqual(before)
    expect(play.next(50)).toEqual(['wake a expired'])
  })

  test('that is to be tried again keeps the reason until it completes', () => {
    const play = new SamplePlay(one, [tell.retrying('a', 20)])
    expect(play.step('a')).toMatchObject({ status: 'retrying', failure: broken, retryAt: 20 })
    play.add(tell.completed('a', 'completed', { attempt: 2 }))
    expect(play.step('a')).toMatchObject({ attempt: 2, failure: undefined, retryAt: undefined })
  })

  test('that failed has its reason and its outcome', () => {
    const play = new SamplePlay(one, [tell.failed('a')])
    expect(play.step('a')).toMatchObject({ status: 'failed', outcome: 'failed', failure: broken })
  })

  test('that was skipped has no outcome and no output', () => {
    const play = new SamplePlay(one, [tell.skipped('a')])
    expect(play.step('a')).toMatchObject({ status: 'skipped', outcome: undefined, output: null })
  })
})

describe('the time from which the timeout of an attempt counts', () => {
  const startedAt = (...events: ConstructorParameters<typeof SamplePlay>[1] & {}) =>
    new SamplePlay(one, events).step('a').startedAt

  test('is when it began to work, however often it waits', () => {
    const first = tell.waiting('a', 'timer', 9, { at: 5, startedAt: 3 })
    expect(startedAt(first)).toBe(3)
    expect(startedAt(first, tell.waiting('a', 'approval', undefined, { at: 9, startedAt: 8 }))).toBe(3)
    expect(startedAt(tell.started('a', { at: 2 }), tell.waiting('a', 'approval', undefined, { at: 9 }))).toBe(2)
    expect(startedAt(tell.waiting('a', 'approval', undefined, { at: 9 }))).toBe(9)
  })

  test('is another one for the next attempt', () => {
    const second = tell.waiting('a', 'approval', undefined, { at: 50, attempt: 2 })
    expect(startedAt(tell.started('a', { at: 2 }), tell.retrying('a', 40, { at: 30 }), second)).toBe(50)
  })

  test('is the later one when an attempt began again after its worker died', () => {
    const died = tell.started('a', { at: 2 })
    expect(startedAt(died, tell.started('a', { at: 60 }))).toBe(60)
    expect(startedAt(died, tell.waiting('a', 'approval', undefined, { at: 62, startedAt: 60 }))).toBe(60)
  })
})

test('a step whose items could be computed only after a retry keeps no trace of it', () => {
  const play = new SamplePlay(workflowOf([{ id: 'a', for_each: { items: [] } }]), [tell.retrying('a', 5)])
  play.add(tell.fannedOut('a', 1, { at: 9, startedAt: 8 }))
  expect(play.step('a')).toMatchObject({ status: 'running', failure: undefined, retryAt: undefined, startedAt: 8 })
  expect(play.add(tell.fannedOut('a', 1, { at: 9 })).step('a').startedAt).toBe(9)
})

describe('the execution', () => {
  test('remembers in which order its steps completed', () => {
    const play = new SamplePlay(workflowOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]))
    play.add(tell.completed('c'), tell.skipped('a'), tell.completed('b'))
    expect(play.state.completed).toEqual([2, 1])
  })

  test('is paused and resumed', () => {
    expect(new SamplePlay(one, [tell.paused]).state.paused).toBe(true)
    expect(new SamplePlay(one, [tell.paused, tell.resumed]).state.paused).toBe(false)
  })

  test('that is cancelled says who did it, or why', () => {
    const { state } = new SamplePlay(one, [tell.paused, tell.cancelling])
    expect(state).toMatchObject({
      paused: false,
      ending: { status: 'cancelled', abort: true, failure: { code: 'cancelled', message: 'Cancelled by ana.' } },
    })
    const { ending } = new SamplePlay(one, [{ ...tell.cancelling, reason: 'Not needed.' }]).state
    expect(ending?.failure.message).toBe('Not needed.')
  })

  test('that took too long fails, paused or not', () => {
    const play = new SamplePlay(one, [tell.paused, { type: 'execution.failing', at: 9, failure: broken }])
    expect(play.state).toMatchObject({ paused: false, ending: { status: 'failed', abort: true, failure: broken } })
  })

  test('fails for the first reason, and stays cancelled when a step fails on the way', () => {
    const two = workflowOf([{ id: 'a' }, { id: 'b' }])
    const second = tell.failed('b', { failure: { ...broken, message: 'Second.' } })
    expect(new SamplePlay(two, [tell.failed('a'), second]).state.ending?.failure).toEqual(broken)
    expect(new SamplePlay(two, [tell.cancelling, second]).state.ending?.status).toBe('cancelled')
  })

  test('ends with a status', () => {
    expect(new SamplePlay(one, [tell.ended('cancelled')]).state.ended).toBe('cancelled')
  })
})

test('an event about a step that the workflow does not have is an error', () => {
  const message = 'The journal names step nobody, which its workflow does not have'
  expect(() => new SamplePlay(one, [tell.completed('nobody')])).toThrow(message)
  expect(() => new SamplePlay(one, [tell.undone('nobody')])).toThrow(message)
})
