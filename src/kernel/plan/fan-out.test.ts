import { describe, expect, test } from 'vitest'
import { broken, SamplePlay, tell, workflowOf } from '../../../tests/kernel/sample-plan.ts'

function mapping(
  count: number,
  forEach: { concurrency?: number; on_item_error?: 'fail' | 'continue' } = {},
): SamplePlay {
  const steps = [
    { id: 'a', for_each: { items: [], ...forEach } },
    { id: 'b', depends_on: ['a'] },
  ]
  return new SamplePlay(workflowOf(steps), [tell.fannedOut('a', count)])
}
const item = (position: number) => ({ item: position })

describe('the items of a step', () => {
  test('work at once as far as the concurrency allows, the next one when one has settled', () => {
    const play = mapping(4, { concurrency: 2 })
    expect(play.next()).toEqual(['run a[0]', 'run a[1]'])
    expect(play.add(tell.completed('a', 'completed', item(1))).next(0, [0, 0])).toEqual(['run a[2]'])
  })

  test('keep their place while they wait or are to be tried again', () => {
    const play = mapping(3, { concurrency: 2 })
    play.add(tell.waiting('a', 'approval', undefined, item(0)), tell.retrying('a', 10, item(1)))
    expect(play.plan()).toEqual({ commands: [], wakeAt: 10 })
    expect(play.next(10)).toEqual(['run a[1] #2'])
  })

  test('complete the step when the last of them has settled, skipped ones included', () => {
    const play = mapping(2).add(tell.skipped('a', 0))
    expect(play.statuses()).toEqual({ a: 'running', b: 'pending' })
    play.add(tell.completed('a', 'completed', item(1)))
    expect(play.statuses()).toEqual({ a: 'completed', b: 'ready' })
    expect(play.step('a').output).toEqual({ items: [null, 'a!'], failed: [], completed: 1 })
  })

  test('may be none: the step completes at once', () => {
    const play = mapping(0)
    expect(play.statuses()).toEqual({ a: 'completed', b: 'ready' })
    expect(play.step('a').output).toEqual({ items: [], failed: [], completed: 0 })
  })
})

describe('an item that failed', () => {
  test('lets no other one begin, and fails the step once those under way are done', () => {
    const play = mapping(3, { concurrency: 2 }).add(tell.failed('a', item(0)))
    expect(play.next(7, [0, 1])).toEqual([])
    play.add(tell.completed('a', 'completed', item(1)))
    const detail = {
      failed: [{ index: 0, error: { code: 'http_failed', message: 'No answer.' } }],
      completed: 1,
    }
    expect(play.plan(7).commands).toEqual([
      {
        do: 'record',
        event: {
          ...{ type: 'step.failed', step: 'a', attempt: 1, outcome: 'failed', at: 7 },
          failure: { ...broken, detail },
        },
      },
    ])
  })

  test('drops the waits and retries of the others', () => {
    const play = mapping(3).add(tell.waiting('a', 'timer', 5, item(1)), tell.retrying('a', 5, item(2)))
    expect(play.add(tell.failed('a', item(0))).next(9)).toEqual(['record step.failed'])
  })

  test('gives its own reason to the step when several failed, and lists them all', () => {
    const play = mapping(2).add(tell.failed('a', item(1)))
    play.add(tell.failed('a', { ...item(0), failure: { ...broken, message: 'Later.' } }))
    expect(play.plan().commands[0]).toMatchObject({
      event: { failure: { message: 'No answer.', detail: { failed: [{ index: 0 }, { index: 1 }] } } },
    })
  })

  test('is only listed in the output where the step says "continue"', () => {
    const play = mapping(2, { on_item_error: 'continue' }).add(tell.failed('a', item(0)))
    expect(play.next()).toEqual(['run a[1]'])
    play.add(tell.completed('a', 'completed', item(1)))
    expect(play.statuses()).toEqual({ a: 'completed', b: 'ready' })
    expect(play.step('a').output).toMatchObject({ items: [null, 'a!'], failed: [{ index: 0 }], completed: 1 })
  })

  test('by timeout takes the edge of on_timeout, which deals with it', () => {
    const steps = [{ id: 'a', for_each: { items: [] }, on_timeout: 'b' }, { id: 'b' }]
    const failure = { ...broken, code: 'step_timeout' } as const
    const play = new SamplePlay(workflowOf(steps), [tell.fannedOut('a', 1)])
    const [command] = play.add(tell.failed('a', { ...item(0), outcome: 'expired', failure })).plan().commands
    if (command?.do !== 'record') throw new Error('Nothing was recorded')
    expect(play.add(command.event).statuses()).toEqual({ a: 'failed', b: 'ready' })
    expect(play.state.ending).toBeUndefined()
  })
})

test.each([
  [['approved', 'approved'], 'approved'],
  [['approved', 'other'], 'completed'],
  [['approved', 'rejected'], 'rejected'],
  [['rejected', 'expired'], 'rejected'],
  [['completed', 'expired'], 'expired'],
  [['failed', 'completed'], 'failed'],
])('items with the outcomes %j make the step settle as %s', (outcomes, outcome) => {
  const play = mapping(outcomes.length)
  for (const [index, each] of outcomes.entries()) play.add(tell.completed('a', each, item(index)))
  expect(play.step('a').outcome).toBe(outcome)
})

test('items that were all skipped make the step settle as completed', () => {
  expect(mapping(1).add(tell.skipped('a', 0)).step('a').outcome).toBe('completed')
})
