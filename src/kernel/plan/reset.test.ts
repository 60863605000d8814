import { describe, expect, test } from 'vitest'
import { broken, SamplePlay, tell, timedOut, workflowOf } from '../../../tests/kernel/sample-plan.ts'

const failed = tell.ended('failed')
const item = (position: number) => ({ item: position })

describe('a retry from the failed step', () => {
  const steps = workflowOf([{ id: 'a' }, { id: 'b', depends_on: ['a'] }, { id: 'c', depends_on: ['b'] }, { id: 'd' }])
  const journal = [tell.completed('a'), tell.failed('b'), tell.waiting('d', 'approval'), failed]

  test('keeps what completed and runs again what failed, what follows it, and what was unfinished', () => {
    const play = new SamplePlay(steps, [...journal, tell.retried(['b'])])
    expect(play.statuses()).toEqual({ a: 'completed', b: 'ready', c: 'pending', d: 'ready' })
    expect(play.step('a').output).toBe('a!')
    expect(play.next()).toEqual(['run b', 'run d'])
    play.add(tell.completed('b'), tell.completed('c'), tell.completed('d'))
    expect(play.next()).toEqual(['complete'])
    expect(play.state.completed).toEqual([0, 1, 2, 3])
  })

  test('runs again what made the execution fail even when it is not named', () => {
    const unnamed = new SamplePlay(steps, [...journal, tell.retried([])])
    expect(unnamed.state).toEqual(new SamplePlay(steps, [...journal, tell.retried(['b'])]).state)
    const rejected = workflowOf([{ id: 'a' }, { id: 'b', depends_on: ['a'] }])
    const play = new SamplePlay(rejected, [tell.completed('a', 'rejected'), failed, tell.retried([])])
    expect(play.statuses()).toEqual({ a: 'ready', b: 'pending' })
  })

  test('runs again a completed step that is named, with all that follows it', () => {
    const play = new SamplePlay(steps, [...journal, tell.retried(['a'])])
    expect(play.statuses()).toMatchObject({ a: 'ready', b: 'pending', c: 'pending' })
  })

  test('leaves a failure alone that a step had dealt with', () => {
    const handled = workflowOf([
      { id: 'a', on_error: 'mend' },
      { id: 'mend' },
      { id: 'next', depends_on: ['a'] },
      { id: 'b' },
    ])
    const play = new SamplePlay(handled, [tell.failed('a'), tell.completed('mend'), tell.failed('b'), failed])
    expect(play.add(tell.retried(['b'])).statuses()).toEqual({
      ...{ a: 'failed', mend: 'completed', next: 'bypassed', b: 'ready' },
    })
  })

  test('keeps skipped steps and decides bypassed ones anew', () => {
    const gated = workflowOf([
      { id: 'a' },
      { id: 'b' },
      { id: 'no', depends_on: ['a.no'] },
      { id: 'after', depends_on: ['no', 'b'] },
      { id: 'last', depends_on: ['no'] },
    ])
    const play = new SamplePlay(gated, [tell.completed('a', 'yes'), tell.failed('b'), failed])
    expect(play.statuses()).toMatchObject({ no: 'bypassed', after: 'bypassed' })
    play.add(tell.retried(['b']))
    expect(play.statuses()).toEqual({ a: 'completed', b: 'ready', no: 'bypassed', after: 'pending', last: 'bypassed' })
    expect(play.add(tell.completed('b')).statuses()).toMatchObject({ after: 'ready' })
    const skipped = new SamplePlay(steps, [tell.skipped('a'), tell.failed('b'), failed, tell.retried(['b'])])
    expect(skipped.statuses()).toMatchObject({ a: 'skipped', b: 'ready' })
  })

  test('is not paused any more, and has its whole time again', () => {
    const timed = workflowOf([{ id: 'a' }], { timeout: '1s' })
    const play = new SamplePlay(timed, [{ type: 'execution.failing', at: 1000, failure: timedOut }, tell.paused])
    play.add(failed, tell.retried([], { at: 9000 }))
    expect(play.state).toMatchObject({ paused: false, ending: undefined, ended: undefined, startedAt: 0 })
    expect(play.plan(9999)).toMatchObject({ commands: [{ do: 'run', attempt: 1 }], wakeAt: 10_000 })
  })
})

describe('what compensation undid', () => {
  const compensate = { action: 'undo' }
  const steps = workflowOf([
    { id: 'a', compensate },
    { id: 'b', compensate, depends_on: ['a'] },
    { id: 'c', compensate },
    { id: 'd', depends_on: ['b'] },
  ])
  const givenUp = { type: 'compensation.failed', step: 'c', attempt: 1, failure: broken, at: 0 } as const
  const journal = [tell.completed('a'), tell.completed('c'), tell.completed('b'), tell.failed('d')]

  test('is done again with all that follows it; what could not be undone is kept', () => {
    const play = new SamplePlay(steps, [...journal, tell.undone('b'), givenUp, tell.undone('a'), failed])
    play.add(tell.retried(['d']))
    expect(play.statuses()).toEqual({ a: 'ready', b: 'pending', c: 'completed', d: 'pending' })
    expect(play.state).toMatchObject({ completed: [2], compensations: new Map() })
  })

  test('counts as another time, so that receivers do not take it for the first', () => {
    const play = new SamplePlay(steps, [...journal, tell.undone('b'), tell.undone('c'), failed, tell.retried(['d'])])
    expect(['a', 'b', 'c', 'd'].map((id) => play.step(id).repeats)).toEqual([0, 1, 1, 0])
  })

  test('is undone again, in the new order of completion, when the execution fails again', () => {
    const play = new SamplePlay(steps, [...journal, tell.undone('b'), givenUp, tell.undone('a'), failed])
    play.add(tell.retried(['d']), tell.completed('a'), tell.completed('b'), tell.failed('d'))
    expect(play.next()).toEqual(['compensate b'])
    expect(play.add(tell.undone('b')).next()).toEqual(['compensate a'])
    expect(play.add(tell.undone('a')).next()).toEqual(['compensate c'])
  })
})

describe('a for_each', () => {
  const forEach = { id: 'f', depends_on: ['a'], for_each: { items: [1, 2, 3], concurrency: 1 } }
  const steps = workflowOf([{ id: 'a', compensate: { action: 'undo' } }, forEach, { id: 'b' }])
  const journal = [tell.completed('a'), tell.fannedOut('f', 3), tell.completed('f', 'completed', item(0))]
  const itemFailed = [tell.failed('f', item(1)), tell.failed('f')]

  test('keeps the items that completed', () => {
    const play = new SamplePlay(steps, [...journal, ...itemFailed, failed, tell.retried(['f'])])
    expect(play.next()).toEqual(['run f[1]', 'run b'])
    expect(play.statuses()).toMatchObject({ f: 'running' })
    play.add(tell.completed('f', 'completed', item(1)), tell.completed('f', 'completed', item(2)))
    expect(play.step('f')).toMatchObject({ status: 'completed', repeats: 0, output: { completed: 3 } })
  })

  test('keeps them also when it was unfinished because another step failed', () => {
    const play = new SamplePlay(steps, [...journal, tell.failed('b'), failed, tell.retried(['b'])])
    expect(play.next()).toEqual(['run f[1]', 'run b'])
  })

  test('begins anew, as another time, when a step before it runs again, for its items may be others', () => {
    const play = new SamplePlay(steps, [...journal, ...itemFailed, tell.undone('a'), failed, tell.retried(['f'])])
    play.add(tell.completed('a'))
    expect(play.next()).toEqual(['run b', 'run f'])
    expect(play.step('f').repeats).toBe(1)
  })

  test('begins anew as the same time when none of its items had completed', () => {
    const none = [tell.completed('a'), tell.fannedOut('f', 3), tell.failed('f', item(0)), tell.failed('f')]
    const play = new SamplePlay(steps, [...none, tell.undone('a'), failed, tell.retried(['f'])])
    expect(play.step('f')).toMatchObject({ fanOut: undefined, repeats: 0 })
  })

  test('begins anew when the mended version has other items or another action', () => {
    for (const change of [{ for_each: { items: [1] } }, { action: 'email.send' }]) {
      const mended = workflowOf([{ id: 'a' }, { ...forEach, ...change }, { id: 'b' }])
      const play = new SamplePlay(steps, [...journal, ...itemFailed, failed], mended)
      expect(play.add(tell.retried(['f'], { versionId: 'mended' })).next()).toEqual(['run f', 'run b'])
    }
  })

  test('that had completed begins anew when it is named', () => {
    const rest = [1, 2].map((position) => tell.completed('f', 'completed', item(position)))
    const play = new SamplePlay(steps, [...journal, ...rest, tell.failed('b'), failed, tell.retried(['f'])])
    expect(play.next()).toEqual(['run f', 'run b'])
    expect(play.step('f').repeats).toBe(1)
  })
})

describe('a retry with a mended version', () => {
  const steps = workflowOf([{ id: 'a' }, { id: 'gone' }, { id: 'b', depends_on: ['a'] }, { id: 'c' }])
  const journal = [tell.completed('c'), tell.completed('gone'), tell.completed('a'), tell.failed('b'), failed]
  const retried = tell.retried(['b', 'gone'], { versionId: 'mended' })

  test('changes the graph over, keeps outputs by the id of their step, and runs the steps that are new', () => {
    const mended = workflowOf([{ id: 'b', depends_on: ['a', 'fresh'] }, { id: 'fresh' }, { id: 'a' }, { id: 'c' }])
    const play = new SamplePlay(steps, [...journal, retried], mended)
    expect(play.statuses()).toEqual({ b: 'pending', fresh: 'ready', a: 'completed', c: 'completed' })
    expect(play.state).toMatchObject({ completed: [3, 2], unsettled: 2 })
    expect(play.add(tell.completed('fresh')).next()).toEqual(['run b'])
  })

  test('runs a bypassed step to which the new version leads', () => {
    const gated = workflowOf([{ id: 'a' }, { id: 'no', depends_on: ['a.no'] }, { id: 'b' }])
    const mended = workflowOf([{ id: 'a' }, { id: 'no', depends_on: ['a.yes'] }, { id: 'b' }])
    const play = new SamplePlay(gated, [tell.completed('a', 'yes'), tell.failed('b'), failed], mended)
    expect(play.add(retried).statuses()).toEqual({ a: 'completed', no: 'ready', b: 'ready' })
  })

  test('runs a step again whose failure the new version no longer deals with', () => {
    const handled = workflowOf([{ id: 'a', on_error: 'mend' }, { id: 'mend' }, { id: 'b' }])
    const mended = workflowOf([{ id: 'a' }, { id: 'mend', depends_on: ['a'] }, { id: 'b' }])
    const play = new SamplePlay(handled, [tell.failed('a'), tell.completed('mend'), tell.failed('b'), failed], mended)
    expect(play.add(retried).statuses()).toEqual({ a: 'ready', mend: 'pending', b: 'ready' })
  })
})
