// A step over a list: how many items work at once, and what failures among them do.

import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { inShort, startTestEngine } from './engine.test-kit.ts'
import { behave, Gate, recorded } from './test-pack.ts'

const engine = await startTestEngine()

interface Over extends Partial<Pick<Step, 'id' | 'config' | 'condition' | 'retry'>> {
  concurrency?: number
  on_item_error?: 'fail' | 'continue'
}

function over(items: number[] | string, more: Over = {}): Step {
  const { concurrency, on_item_error, id = 'all', ...step } = more
  return { id, action: 'test.act', for_each: { items, concurrency, on_item_error }, ...step }
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

const tenConfig = z.object({ value: z.number(), bad: z.array(z.number()) })
/** Fails for the items that it is given with `bad`, returns ten times the others. */
behave('times ten', async ({ config }) => {
  const { value, bad } = tenConfig.parse(config.with)
  if (bad.includes(value)) throw new Error(`No ${value}.`)
  return { output: value * 10 }
})
const timesTen = (bad: number[]) => ({ as: 'times ten', with: { value: '{{ item }}', bad } })

test('never do more items work at once than its concurrency allows, and in the end all have', async () => {
  const gate = new Gate()
  behave('gated', async () => gate.enter().then(() => ({ output: null })))
  const id = await engine.start({
    name: 'bounded',
    steps: [over(upTo(20), { concurrency: 4, config: { as: 'gated' } })],
  })
  for (let passed = 0; passed < 16; passed++) {
    await gate.crowd(4)
    gate.open('for one')
    await engine.seen(id, () => gate.passed === passed + 1)
  }
  gate.open()
  const { execution } = await engine.ended(id)
  expect(execution.status).toBe('completed')
  expect(gate.passed).toBe(20)
  expect(gate.most).toBe(4)
})

test('outputs come back in the order of the items', async () => {
  const { execution } = await engine.run(
    {
      name: 'ordered',
      steps: [over('{{ trigger.list }}', { config: timesTen([]) })],
      output: '{{ steps.all.output }}',
    },
    { list: [3, 1, 2] },
  )
  expect(execution.output).toEqual({ items: [30, 10, 20], failed: [], completed: 3 })
})

test('each item sees itself, its position, and a key of its own', async () => {
  const { events } = await engine.run({
    name: 'item-scope',
    steps: [
      { id: 'all', action: 'test.record', for_each: { items: ['a', 'b'] }, config: { value: '{{ item }}{{ index }}' } },
    ],
  })
  expect(events.length).toBeGreaterThan(0)
  const mine = recorded.filter((call) => call.step === 'all')
  expect(mine.map((call) => call.value).toSorted()).toEqual(['a0', 'b1'])
  expect(new Set(mine.map((call) => call.key)).size).toBe(2)
})

test('with on_item_error: continue the step completes and tells which items failed', async () => {
  const { execution } = await engine.run({
    name: 'partial',
    steps: [over([1, 2, 3], { on_item_error: 'continue', config: timesTen([2]) })],
    output: '{{ steps.all.output }}',
  })
  expect(execution.status).toBe('completed')
  expect(execution.output).toEqual({
    items: [10, null, 30],
    failed: [{ index: 1, error: { code: 'step_failed', message: 'No 2.' } }],
    completed: 2,
  })
})

test('else the first failed item fails the step, and items that had not begun never do', async () => {
  const { execution, events } = await engine.run({
    name: 'first-fails',
    steps: [over(upTo(50), { concurrency: 1, config: timesTen([2]) })],
  })
  expect(execution).toMatchObject({ status: 'failed', failure: { code: 'step_failed', message: 'No 2.' } })
  expect(inShort(events)).toEqual([
    'fanned_out all',
    'completed all[0]',
    'completed all[1]',
    'failed all[2]',
    'failed all',
    'ended',
  ])
})

test('items are retried one by one', async () => {
  const { events, execution } = await engine.run({
    name: 'item-retry',
    steps: [
      {
        ...{ id: 'all', action: 'test.flaky', for_each: { items: ['x', 'y'] } },
        ...{
          config: { key: 'item {{ item }}', failures: '{{ item == "x" ? 1 : 0 }}' },
          retry: { attempts: 2, initial: '1ms' },
        },
      },
    ],
  })
  expect(execution.status).toBe('completed')
  expect(inShort(events).filter((what) => what.startsWith('retrying'))).toEqual(['retrying all[0]'])
})

test('an empty list completes the step at once', async () => {
  const { execution, events } = await engine.run({
    name: 'empty',
    steps: [over([])],
    output: '{{ steps.all.output.completed }}',
  })
  expect(execution.output).toBe(0)
  expect(inShort(events)).toEqual(['fanned_out all', 'ended'])
})

test('a condition that is false skips the whole step', async () => {
  const { events } = await engine.run({ name: 'no-items', steps: [over([1], { condition: '{{ false }}' })] })
  expect(inShort(events)).toEqual(['skipped all', 'ended'])
})

test.each([
  ['something else than a list', '{{ trigger.list }}', { list: 'abc' }],
  ['an expression that fails', '{{ trigger.missing }}', {}],
])('%s for items fails the step, and its action never runs without an item', async (_what, items, inputs) => {
  const { execution, events } = await engine.run(
    { name: 'no-list', steps: [over(items, { config: timesTen([]), retry: { attempts: 3, initial: '1ms' } })] },
    inputs,
  )
  expect(execution.status).toBe('failed')
  expect(inShort(events)).toEqual(['failed all', 'ended'])
})

test('too many items fail the step before the first one runs', async () => {
  const { execution, events } = await engine.run(
    { name: 'too-many', steps: [over('{{ trigger.list }}', { config: timesTen([]) })] },
    { list: upTo(10_001) },
  )
  expect(execution.failure).toMatchObject({ code: 'payload_too_large', message: expect.stringContaining('10001') })
  expect(inShort(events)).toEqual(['failed all', 'ended'])
})

test('items of two steps run beside each other', async () => {
  const gate = new Gate()
  behave('together', async () => gate.enter().then(() => ({ output: null })))
  const id = await engine.start({
    name: 'two-lists',
    steps: [
      over([1, 2], { id: 'one', config: { as: 'together' } }),
      over([1, 2], { id: 'two', config: { as: 'together' } }),
    ],
  })
  await gate.crowd(4)
  gate.open()
  expect((await engine.ended(id)).execution.status).toBe('completed')
})

test('items that wait are woken one by one, each by its own signal', async () => {
  behave('called back', {
    run: async () => ({ wait: { on: 'callback' } }),
    resume: async (_context, signal) => ({ output: signal.kind === 'callback' ? signal.data : null }),
  })
  const id = await engine.start({
    name: 'waiting-items',
    steps: [over([1, 2], { config: { as: 'called back' } })],
    output: '{{ steps.all.output.items }}',
  })
  await engine.parked(id)
  await engine.signal(id, 'callback', { data: 'second' }, 'all', 1)
  await engine.seen(id, (event) => event.type === 'step.completed' && event.item === 1)
  await engine.signal(id, 'callback', { data: 'first' }, 'all', 0)
  expect((await engine.ended(id)).execution.output).toEqual(['first', 'second'])
})
