import { describe, expect, test } from 'vitest'
import { broken, SamplePlay, tell, workflowOf } from '../../../tests/kernel/sample-plan.ts'

const one = workflowOf([{ id: 'a' }])

describe('what may run', () => {
  const steps = [{ id: 'a' }, { id: 'b' }, { id: 'c', depends_on: ['a', 'b'] }]

  test('runs in parallel, and once: what is under way is not asked for again', () => {
    const play = new SamplePlay(workflowOf(steps))
    expect(play.next()).toEqual(['run a', 'run b'])
    expect(play.next(0, [0])).toEqual(['run b'])
    expect(play.add(tell.completed('a')).next(0, [1])).toEqual([])
    expect(play.add(tell.completed('b')).next()).toEqual(['run c'])
  })

  test('is the same attempt again when a dead worker left it running', () => {
    expect(new SamplePlay(one, [tell.started('a', { attempt: 2 })]).next()).toEqual(['run a #2'])
  })

  test('is the next attempt once the wait for it is over', () => {
    const play = new SamplePlay(one, [tell.retrying('a', 30)])
    expect(play.plan(29)).toEqual({ commands: [], wakeAt: 30 })
    expect(play.next(30)).toEqual(['run a #2'])
    expect(play.next(30, [0])).toEqual([])
  })
})

test('nothing starts beside a fact that may make the execution fail', () => {
  const play = new SamplePlay(workflowOf([{ id: 'a', timeout: '1s' }, { id: 'b' }]), [tell.waiting('a', 'approval')])
  expect(play.next(999)).toEqual(['run b'])
  expect(play.next(1000)).toEqual(['expire a'])
})

describe('a step that waits', () => {
  const timed = workflowOf([{ id: 'a', timeout: '1s' }])

  test('is left alone while nothing falls due', () => {
    expect(new SamplePlay(one, [tell.waiting('a', 'approval')]).plan(1e9)).toEqual({ commands: [], wakeAt: undefined })
    expect(new SamplePlay(one, [tell.waiting('a', 'approval', 50)]).plan(49)).toEqual({ commands: [], wakeAt: 50 })
  })

  test('wakes when its timer is due, or when what it waits for has expired', () => {
    expect(new SamplePlay(one, [tell.waiting('a', 'timer', 50)]).next(50)).toEqual(['wake a due'])
    expect(new SamplePlay(one, [tell.waiting('a', 'approval', 50)]).next(50)).toEqual(['wake a expired'])
  })

  test('expires at the timeout of its attempt, counted from when the attempt began', () => {
    const play = new SamplePlay(timed, [tell.waiting('a', 'approval', undefined, { at: 300, startedAt: 200 })])
    expect(play.plan(1199)).toEqual({ commands: [], wakeAt: 1200 })
    expect(play.next(1200)).toEqual(['expire a'])
  })

  test('follows the earlier of its two times, also when both passed while nobody looked', () => {
    const early = new SamplePlay(timed, [tell.waiting('a', 'timer', 900)])
    expect(early.plan(0).wakeAt).toBe(900)
    expect(early.next(5000)).toEqual(['wake a due'])
    const late = new SamplePlay(timed, [tell.waiting('a', 'timer', 1500)])
    expect(late.plan(0).wakeAt).toBe(1000)
    expect(late.next(5000)).toEqual(['expire a'])
  })

  test('of several, the earliest time counts', () => {
    const play = new SamplePlay(workflowOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]))
    play.add(tell.waiting('a', 'timer', 50), tell.waiting('b', 'timer', 30), tell.retrying('c', 40))
    expect(play.plan().wakeAt).toBe(30)
  })
})

test('when all steps have settled the execution completes, and then nothing is left to do', () => {
  const play = new SamplePlay(one, [tell.completed('a')])
  expect(play.next()).toEqual(['complete'])
  expect(play.add(tell.ended('completed')).plan()).toEqual({ commands: [], wakeAt: undefined })
})

describe('a paused execution', () => {
  test('starts, wakes, retries and completes nothing', () => {
    const steps = workflowOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    const play = new SamplePlay(steps, [tell.waiting('a', 'timer', 5), tell.retrying('b', 5), tell.paused])
    expect(play.plan(9)).toEqual({ commands: [], wakeAt: undefined })
    expect(play.add(tell.resumed).next(9)).toEqual(['wake a due', 'run b #2', 'run c'])
    expect(new SamplePlay(one, [tell.completed('a'), tell.paused]).next()).toEqual([])
  })

  test('fails all the same when a step under way does, and is paused no longer', () => {
    const undoable = { compensate: { action: 'undo' } }
    const play = new SamplePlay(workflowOf([{ id: 'a', ...undoable }, { id: 'b' }]), [tell.completed('a')])
    expect(play.add(tell.paused, tell.failed('b')).next()).toEqual(['compensate a'])
    expect(play.state.paused).toBe(false)
    expect(play.add(tell.paused).state.paused).toBe(false)
  })

  test('can still be cancelled', () => {
    expect(new SamplePlay(one, [tell.paused, tell.cancelling]).next()).toEqual(['record execution.ended'])
  })

  test('still times out', () => {
    const play = new SamplePlay(workflowOf([{ id: 'a' }], { timeout: '1s' }), [tell.paused])
    expect(play.plan(999)).toEqual({ commands: [], wakeAt: 1000 })
    expect(play.next(1000)).toEqual(['record execution.failing'])
  })
})

describe('the timeout of the whole execution', () => {
  const timed = workflowOf([{ id: 'a' }], { timeout: '1s' })

  test('is looked at beside the steps', () => {
    expect(new SamplePlay(timed).plan(5)).toMatchObject({ commands: [{ do: 'run' }], wakeAt: 1000 })
    expect(new SamplePlay(timed, [tell.waiting('a', 'timer', 400)]).plan().wakeAt).toBe(400)
  })

  test('fails the execution, with a reason', () => {
    const [command] = new SamplePlay(timed).plan(1000, [0]).commands
    if (command?.do !== 'record') throw new Error('Nothing was recorded')
    expect(command.event).toMatchObject({
      type: 'execution.failing',
      at: 1000,
      failure: { code: 'execution_timeout' },
    })
    expect(new SamplePlay(timed, [command.event]).next(1000, [0])).toEqual(['abort'])
  })

  test('does not undo work that was all done when the look at it came late', () => {
    expect(new SamplePlay(timed, [tell.completed('a')]).next(5000)).toEqual(['complete'])
  })
})

describe('an execution that fails', () => {
  const compensate = { action: 'undo' }
  const steps = workflowOf([
    { id: 'a', compensate },
    { id: 'b', compensate },
    { id: 'plain' },
    { id: 'bad' },
    { id: 'slow' },
    { id: 'next', depends_on: ['slow'] },
  ])
  const failing = () =>
    new SamplePlay(steps, [tell.completed('b'), tell.completed('plain'), tell.completed('a'), tell.failed('bad')])
  const compensation = { step: 'a', attempt: 1, at: 0, failure: broken }

  test('lets what is under way finish and starts nothing new', () => {
    const play = failing()
    expect(play.next(0, [4])).toEqual([])
    expect(play.add(tell.completed('slow')).statuses()).toMatchObject({ next: 'ready' })
  })

  test('then undoes what completed, the last first, one at a time, and ends', () => {
    const play = failing()
    expect(play.next()).toEqual(['compensate a'])
    expect(play.next(0, [0])).toEqual([])
    expect(play.add(tell.undone('a')).next()).toEqual(['compensate b'])
    expect(play.add(tell.undone('b')).plan(9).commands).toEqual([
      { do: 'record', event: { type: 'execution.ended', status: 'failed', failure: broken, at: 9 } },
    ])
  })

  test('tries a compensation again after its wait, and goes on to the next when it is given up', () => {
    const play = failing().add({ type: 'compensation.retrying', ...compensation, until: 50 })
    expect(play.plan(49)).toEqual({ commands: [], wakeAt: 50 })
    expect(play.next(50)).toEqual(['compensate a #2'])
    expect(play.add({ type: 'compensation.failed', ...compensation }).next(50)).toEqual(['compensate b'])
  })

  test('drops waits, retries and steps that were ready', () => {
    const waits = workflowOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }])
    const play = new SamplePlay(waits, [tell.waiting('a', 'timer', 5), tell.retrying('b', 5), tell.failed('c')])
    expect(play.next(9)).toEqual(['record execution.ended'])
  })
})

describe('an execution that is cancelled', () => {
  const undoable = { id: 'a', compensate: { action: 'undo' } }

  test('stops the steps and the items under way', () => {
    const play = new SamplePlay(workflowOf([{ id: 'a' }, { id: 'b', for_each: { items: [] } }]), [
      tell.fannedOut('b', 2),
    ])
    play.add(tell.cancelling)
    expect(play.next(0, [0])).toEqual(['abort'])
    expect(play.next(0, [1, 1])).toEqual(['abort'])
    expect(play.next()).toEqual(['record execution.ended'])
  })

  test('does not stop a compensation under way', () => {
    const play = new SamplePlay(workflowOf([undoable, { id: 'b' }]), [tell.completed('a'), tell.cancelling])
    expect(play.next()).toEqual(['compensate a'])
    expect(play.next(0, [0])).toEqual([])
  })
})
