import { describe, expect, test } from 'vitest'
import { SamplePlay, tell, timedOut, workflowOf } from '../../../tests/kernel/sample-plan.ts'
import type { Step, Workflow } from '../definition/workflow.ts'
import { buildGraph } from './graph.ts'
import type { JournalEvent } from './journal.ts'
import { planMigration } from './migration-plan.ts'

const item = (position: number) => ({ item: position })
const steps = (...list: readonly Partial<Step>[]): Workflow => workflowOf(list)

/** What a move from one definition to another would do, in short, and the play that it leads to. */
function move(before: Workflow, journal: readonly JournalEvent[], after: Workflow) {
  const play = new SamplePlay(before, journal, after)
  const { moves, dropped, problems } = planMigration(play.state, buildGraph(after))
  const fates = Object.fromEntries(moves.map(({ step, fate, isChanged }) => [step, isChanged ? `${fate}*` : fate]))
  play.add(tell.migrated(dropped))
  return { play, fates, dropped, problems: problems.map(({ message }) => message) }
}

describe('a move to another version', () => {
  const forEach = { items: [1, 2, 3] }

  test('keeps what has settled, also where its definition changed, and forgets what the version does not have', () => {
    const before = steps(
      { id: 'a' },
      { id: 'gone' },
      { id: 'b', depends_on: ['a'] },
      { id: 'never', depends_on: ['b'] },
    )
    const after = steps({ id: 'b', depends_on: ['a'] }, { id: 'a', config: { x: 1 } }, { id: 'new', depends_on: ['b'] })
    const { play, fates, dropped, problems } = move(
      before,
      [tell.completed('gone'), tell.completed('a'), tell.waiting('b', 'timer', 9)],
      after,
    )
    expect(fates).toEqual({ b: 'goes_on', a: 'stays*', new: 'ahead', gone: 'forgotten', never: 'forgotten' })
    expect([dropped, problems]).toEqual([[], []])
    expect(play.statuses()).toEqual({ b: 'waiting', a: 'completed', new: 'pending' })
    expect(play.state.completed).toEqual([1])
    expect(play.next(9)).toEqual(['wake b due'])
    expect(play.add(tell.completed('b')).next()).toEqual(['run new'])
  })

  test('asks for an approval anew, though nothing about it has changed', () => {
    const same = steps({ id: 'a' }, { id: 'b' })
    const { play, fates, dropped } = move(same, [tell.waiting('a', 'approval'), tell.retrying('b', 50)], same)
    expect(fates).toEqual({ a: 'asked_anew', b: 'goes_on' })
    expect(dropped).toEqual([])
    expect(play.next(0)).toEqual(['run a'])
    expect(play.next(50)).toEqual(['run a', 'run b #2'])
  })

  test('begins anew what has changed or must wait for others now, under another idempotency key', () => {
    const before = steps({ id: 'a' }, { id: 'b' }, { id: 'c' })
    const after = steps(
      { id: 'a', config: { x: 1 } },
      { id: 'b', depends_on: ['new'] },
      { id: 'new' },
      { id: 'c', action: 'x' },
    )
    const waiting = ['a', 'b'].map((id) => tell.waiting(id, 'timer', 9))
    const { play, fates, dropped } = move(before, waiting, after)
    expect(fates).toEqual({ a: 'begins_anew*', b: 'begins_anew*', new: 'ahead', c: 'ahead*' })
    expect(dropped).toEqual(['a', 'b'])
    expect(play.next()).toEqual(['run a', 'run new', 'run c'])
    expect(['a', 'b', 'c'].map((id) => play.step(id).repeats)).toEqual([1, 1, 0])
  })

  test('gives up what waits and is removed, or what the version leads past; bypassed steps are decided anew', () => {
    const before = steps(
      { id: 'a' },
      { id: 'no', depends_on: ['a.no'] },
      { id: 'b', depends_on: ['a'] },
      { id: 'gone' },
    )
    const after = steps({ id: 'a' }, { id: 'no', depends_on: ['a.yes'] }, { id: 'b', depends_on: ['a.no'] })
    const journal = [tell.completed('a', 'yes'), tell.waiting('b', 'timer', 9), tell.waiting('gone', 'approval')]
    const { play, fates, dropped } = move(before, journal, after)
    expect(fates).toEqual({ a: 'stays', no: 'ahead*', b: 'given_up*', gone: 'given_up' })
    expect(dropped).toEqual(['b', 'gone'])
    expect(play.statuses()).toEqual({ a: 'completed', no: 'ready', b: 'bypassed' })
    const still = steps({ id: 'a' }, { id: 'no', depends_on: ['a.no'] })
    expect(move(before, journal, still).fates).toMatchObject({ no: 'stays' })
  })

  test('keeps items that have settled; those that ask for an approval ask anew', () => {
    const same = steps({ id: 'f', for_each: forEach })
    const journal = [
      tell.fannedOut('f', 3),
      tell.completed('f', 'completed', item(0)),
      tell.waiting('f', 'approval', undefined, item(1)),
      tell.waiting('f', 'timer', 9, item(2)),
    ]
    const kept = move(same, journal, same)
    expect([kept.fates, kept.dropped]).toEqual([{ f: 'asked_anew' }, []])
    expect(kept.play.next(9)).toEqual(['run f[1]', 'wake f[2] due'])
    const changed = move(same, journal, steps({ id: 'f', for_each: forEach, config: { x: 1 } }))
    expect([changed.fates, changed.problems]).toEqual([{ f: 'begins_anew*' }, []])
    expect(changed.play.next(9)).toEqual(['run f[1]', 'run f[2]'])
    expect(changed.play.step('f').repeats).toBe(1)
  })

  test('computes the items anew where none has settled and the version has others', () => {
    const before = steps({ id: 'f', for_each: forEach })
    const after = steps({ id: 'f', for_each: { items: [7] } })
    const { play, problems } = move(before, [tell.fannedOut('f', 3), tell.waiting('f', 'timer', 9, item(0))], after)
    expect(problems).toEqual([])
    expect(play.next()).toEqual(['run f'])
  })

  test('of a paused execution leaves it paused', () => {
    const same = steps({ id: 'a' })
    const { play } = move(same, [tell.waiting('a', 'timer', 9), tell.paused], same)
    expect(play.state.paused).toBe(true)
    expect(play.add(tell.resumed).next(9)).toEqual(['wake a due'])
  })
})

describe('a move is refused', () => {
  const refusal = (before: Workflow, journal: readonly JournalEvent[], after: Workflow) => {
    const { state } = new SamplePlay(before, journal)
    return planMigration(state, buildGraph(after)).problems.map(({ message }) => message)
  }
  const same = steps({ id: 'a' }, { id: 'b' })

  test('when the execution has ended, or winds down', () => {
    expect(refusal(same, [tell.cancelling, tell.ended('cancelled')], same)).toEqual(['It has ended: it is cancelled.'])
    const failing: JournalEvent = { type: 'execution.failing', at: 0, failure: timedOut }
    expect(refusal(same, [failing], same)).toEqual(['It is winding down, and will be failed.'])
  })

  test('when steps are at work, each of them named', () => {
    const fan = steps({ id: 'a' }, { id: 'f', for_each: { items: [1] } })
    const journal = [tell.started('a'), tell.fannedOut('f', 1), tell.started('f', item(0))]
    expect(refusal(fan, journal, fan)).toEqual(['The step "a" is at work.', 'The step "f" is at work.'])
  })

  test('when what has settled would have others before it, and when its end is no longer dealt with', () => {
    const after = steps({ id: 'new' }, { id: 'b' }, { id: 'a', depends_on: ['new', 'b', 'b.done'] })
    expect(refusal(same, [tell.completed('a')], after)).toEqual([
      'The step "a" has settled, and the version puts "new", "b" before it, which it would skip.',
    ])
    const handled = steps({ id: 'a', on_error: 'b' }, { id: 'b' })
    expect(refusal(handled, [tell.failed('a')], same)).toEqual([
      'The step "a" ended as failed, and the version does not deal with that.',
    ])
  })

  test('when items that have settled would be lost', () => {
    const fan = (more: Partial<Step> = {}) => steps({ id: 'f', for_each: { items: [1, 2] }, ...more }, { id: 'n' })
    const journal = [
      tell.fannedOut('f', 2),
      tell.completed('f', 'completed', item(0)),
      tell.waiting('f', 'timer', 9, item(1)),
    ]
    expect(refusal(fan(), journal, fan({ for_each: { items: [3] } }))).toEqual([
      '1 of the 2 items of "f" have settled, and the version has other items or another action.',
    ])
    expect(refusal(fan(), journal, fan({ depends_on: ['n'] }))).toEqual([
      '1 of the 2 items of "f" have settled, and the version puts "n" before it.',
    ])
    expect(refusal(fan(), journal, fan())).toEqual([])
    expect(refusal(fan(), [...journal, tell.completed('n', 'done')], fan({ depends_on: ['n.other'] }))).toEqual([])
  })
})
