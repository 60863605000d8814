import { expect, test } from 'vitest'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { startTestEngine } from './engine.test-kit.ts'
import { behave, Gate, recorded } from './test-pack.ts'

const engine = await startTestEngine()

const noop = (id: string, depends_on?: string[]): Workflow['steps'][number] => ({
  id,
  action: 'test.noop',
  ...(depends_on !== undefined && { depends_on }),
})

test('steps in a row run one after the other and the execution completes', async () => {
  const { execution, events } = await engine.run({
    name: 'row',
    steps: [noop('a'), noop('b', ['a']), noop('c', ['b'])],
  })
  expect(execution.status).toBe('completed')
  expect(execution.workerId).toBeNull()
  expect(events.map((event) => ('step' in event ? event.step : event.type))).toEqual(['a', 'b', 'c', 'execution.ended'])
})

test('outputs flow into later steps and into the output of the workflow', async () => {
  const { execution } = await engine.run(
    {
      name: 'flow',
      inputs: { amount: { type: 'number' } },
      steps: [
        { id: 'first', action: 'test.record', config: { value: '{{ inputs.amount * 2 }}' } },
        {
          id: 'second',
          action: 'test.record',
          depends_on: ['first'],
          config: { value: 'doubled: {{ steps.first.output }}' },
        },
      ],
      output: { text: '{{ steps.second.output }}' },
    },
    { amount: 21 },
  )
  expect(execution.output).toEqual({ text: 'doubled: 42' })
})

test('a false condition skips the step and its dependents go on', async () => {
  const { execution, events } = await engine.run({
    name: 'skip',
    steps: [
      { id: 'maybe', action: 'test.record', condition: '{{ 1 > 2 }}' },
      { id: 'after', action: 'test.record', depends_on: ['maybe'] },
    ],
  })
  expect(execution.status).toBe('completed')
  expect(events.map((event) => event.type)).toEqual(['step.skipped', 'step.completed', 'execution.ended'])
})

test('a failed step fails the execution and undoes what completed, in reverse order', async () => {
  const undo = (id: string) => ({ action: 'test.record', config: { value: `undo ${id}` } })
  const { execution } = await engine.run({
    name: 'saga',
    steps: [
      { id: 'one', action: 'test.noop', compensate: undo('one') },
      { id: 'two', action: 'test.noop', depends_on: ['one'], compensate: undo('two') },
      { id: 'three', action: 'test.misbehave', config: { how: 'string' }, depends_on: ['two'] },
    ],
  })
  expect(execution.status).toBe('failed')
  expect(execution.failure).toMatchObject({ code: 'step_failed', message: 'a plain string' })
  expect(recorded.filter((call) => String(call.value).startsWith('undo')).map((call) => call.value)).toEqual([
    'undo two',
    'undo one',
  ])
})

test('who listens to the journal and fails is reported, and harms no execution', async () => {
  const gate = new Gate()
  behave('heard badly', () => gate.enter().then(() => ({ output: null })))
  const id = await engine.start({
    name: 'heard',
    steps: [{ id: 'a', action: 'test.act', config: { as: 'heard badly' } }],
  })
  await gate.crowd(1)
  void engine.seen(id, () => {
    throw new Error('deaf')
  })
  gate.open()
  expect((await engine.ended(id)).execution.status).toBe('completed')
  expect(engine.logs.map(({ detail }) => detail['error'])).toContain('deaf')
})
