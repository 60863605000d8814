import { describe, expect, test } from 'vitest'
import { SamplePlay, tell, workflowOf } from '../../../tests/kernel/sample-plan.ts'
import type { JournalEvent } from './journal.ts'

/** What step `a` came to. For `bypassed`, a gate in front of it is answered with no. */
const results: Readonly<Record<string, JournalEvent>> = {
  completed: tell.completed('a'),
  approved: tell.completed('a', 'approved'),
  rejected: tell.completed('a', 'rejected'),
  expired: tell.completed('a', 'expired'),
  failed: tell.failed('a'),
  'expired by timeout': tell.failed('a', { outcome: 'expired' }),
  skipped: tell.skipped('a'),
  bypassed: tell.completed('gate', 'no'),
}

function statusBehind(result: string, dependsOn: readonly string[]): string | undefined {
  const event = results[result]
  if (event === undefined) throw new RangeError(result)
  const gated = result === 'bypassed' ? { depends_on: ['gate.yes'] } : {}
  const steps = [{ id: 'gate' }, { id: 'a', ...gated }, { id: 'b', depends_on: [...dependsOn] }]
  return new SamplePlay(workflowOf(steps), [event]).statuses()['b']
}

describe('one edge', () => {
  test.each([
    // edge, then what becomes of the step behind it for each result in the order of `results`
    ['a', 'ready ready bypassed bypassed bypassed bypassed ready bypassed'],
    ['a.completed', 'ready bypassed bypassed bypassed bypassed bypassed ready bypassed'],
    ['a.approved', 'bypassed ready bypassed bypassed bypassed bypassed ready bypassed'],
    ['a.rejected', 'bypassed bypassed ready bypassed bypassed bypassed bypassed bypassed'],
    ['a.expired', 'bypassed bypassed bypassed ready bypassed ready bypassed bypassed'],
    ['a.failed', 'bypassed bypassed bypassed bypassed ready bypassed bypassed bypassed'],
    ['a.yes', 'bypassed bypassed bypassed bypassed bypassed bypassed ready bypassed'],
  ])('%s is taken exactly where the table says', (edge, expected) => {
    expect(Object.keys(results).map((result) => statusBehind(result, [edge]))).toEqual(expected.split(' '))
  })
})

describe('several edges', () => {
  const both = (dependsOn: string[], ...events: JournalEvent[]) =>
    new SamplePlay(workflowOf([{ id: 'a' }, { id: 'b' }, { id: 'c', depends_on: dependsOn }]), events).statuses()['c']

  test.each<[string[], JournalEvent[], string]>([
    [['a', 'b'], [tell.completed('a')], 'pending'],
    [['a', 'b'], [tell.completed('a'), tell.skipped('b')], 'ready'],
    [['a', 'b'], [tell.completed('a'), tell.completed('b', 'rejected')], 'bypassed'],
    [['a.yes', 'b.yes'], [tell.completed('a', 'yes')], 'pending'],
    [['a.yes', 'b.yes'], [tell.completed('a', 'yes'), tell.completed('b', 'no')], 'ready'],
    [['a.yes', 'b.yes'], [tell.completed('a', 'no'), tell.completed('b', 'no')], 'bypassed'],
    [['a', 'b.yes'], [tell.completed('a'), tell.completed('b', 'no')], 'bypassed'],
    [['a', 'b.yes'], [tell.completed('b', 'yes'), tell.completed('a')], 'ready'],
    [['a', 'b.failed'], [tell.completed('a', 'rejected'), tell.failed('b')], 'bypassed'],
    [['a', 'a.rejected'], [tell.completed('a', 'rejected')], 'bypassed'],
  ])('%j after %j: %s', (dependsOn, events, expected) => {
    expect(both(dependsOn, ...events)).toBe(expected)
  })

  test('a plain edge from a bypassed step neither blocks nor suffices', () => {
    const steps = [
      { id: 'gate' },
      { id: 'a', depends_on: ['gate.yes'] },
      { id: 'b' },
      { id: 'c', depends_on: ['a', 'b'] },
    ]
    const play = new SamplePlay(workflowOf(steps), [tell.completed('gate', 'no')])
    expect(play.statuses()).toMatchObject({ a: 'bypassed', c: 'pending' })
    expect(play.add(tell.completed('b')).statuses()).toMatchObject({ c: 'ready' })
  })
})

test('what is bypassed bypasses what follows it, however long the chain and whatever the order of the definition', () => {
  const chain = Array.from({ length: 500 }, (_, index) => ({ id: `s${index}`, depends_on: [`s${index + 1}`] }))
  const play = new SamplePlay(workflowOf([...chain, { id: 's500', depends_on: ['gate.yes'] }, { id: 'gate' }]))
  expect(play.add(tell.completed('gate', 'no')).state).toMatchObject({ unsettled: 0, open: new Set() })
  expect(play.next()).toEqual(['complete'])
})

describe('a failure that nothing deals with makes the execution fail', () => {
  const ending = (steps: Parameters<typeof workflowOf>[0], event: JournalEvent) =>
    new SamplePlay(workflowOf(steps), [event]).state.ending

  test('a failed step without an edge for it, with its own reason', () => {
    expect(ending([{ id: 'a' }, { id: 'b', depends_on: ['a'] }], tell.failed('a'))).toMatchObject({
      ...{ status: 'failed', abort: false },
      failure: { code: 'http_failed', message: 'No answer.' },
    })
  })

  test('an expired step whose edges name only "failed", and the other way round', () => {
    const expired = tell.failed('a', { outcome: 'expired' })
    expect(ending([{ id: 'a', on_error: 'b' }, { id: 'b' }], expired)).toBeDefined()
    expect(ending([{ id: 'a', on_timeout: 'b' }, { id: 'b' }], tell.failed('a'))).toBeDefined()
  })

  test('no failure where on_error, on_timeout or depends_on deal with it', () => {
    expect(ending([{ id: 'a', on_error: 'b' }, { id: 'b' }], tell.failed('a'))).toBeUndefined()
    const expired = tell.failed('a', { outcome: 'expired' })
    expect(ending([{ id: 'a', on_timeout: 'b' }, { id: 'b' }], expired)).toBeUndefined()
    expect(ending([{ id: 'a' }, { id: 'b', depends_on: ['a.failed'] }], tell.failed('a'))).toBeUndefined()
  })

  test.each([
    ['rejected', 'step_rejected', 'Step a was rejected, and no step depends on "a.rejected".'],
    ['expired', 'step_expired', 'Step a was not answered in time, and no step depends on "a.expired".'],
    ['failed', 'step_failed', 'Step a failed, and no step depends on "a.failed".'],
  ])('a step that settled as %s with nothing but plain edges behind it', (outcome, code, message) => {
    const failure = { code, message, retry: false }
    expect(ending([{ id: 'a' }, { id: 'b', depends_on: ['a'] }], tell.completed('a', outcome))?.failure).toEqual(
      failure,
    )
  })

  test('no failure where nothing waits for the rejected step, where an edge names an outcome, or where it went well', () => {
    expect(ending([{ id: 'a' }], tell.completed('a', 'rejected'))).toBeUndefined()
    expect(
      ending([{ id: 'a' }, { id: 'b', depends_on: ['a.approved'] }], tell.completed('a', 'rejected')),
    ).toBeUndefined()
    expect(ending([{ id: 'a' }, { id: 'b', depends_on: ['a'] }], tell.completed('a', 'approved'))).toBeUndefined()
  })
})
