import { expect, test } from 'vitest'
import { SamplePlay, tell, workflowOf } from '../../../tests/kernel/sample-plan.ts'
import { runAt, stateAt } from './state.ts'

test('an execution that has just started has its first steps ready and waits with the others', () => {
  const play = new SamplePlay(workflowOf([{ id: 'b', depends_on: ['a'] }, { id: 'a' }]))
  expect(play.statuses()).toEqual({ b: 'pending', a: 'ready' })
  expect(play.state).toMatchObject({ unsettled: 2, open: new Set([1]), paused: false })
})

test('a run is that of the step, or that of one of its items', () => {
  const play = new SamplePlay(workflowOf([{ id: 'a', for_each: { items: [] } }]), [tell.fannedOut('a', 2)])
  expect(runAt(play.step('a'), undefined)).toBe(play.step('a'))
  expect(runAt(play.step('a'), 1)).toBe(play.step('a').fanOut?.runs[1])
})

test('a step or an item that does not exist is an error of the programmer', () => {
  const play = new SamplePlay(workflowOf([{ id: 'a' }]))
  expect(() => stateAt(play.state, 1)).toThrow('The execution has no step 1')
  expect(() => runAt(play.step('a'), 0)).toThrow('The step has no item 0')
})
