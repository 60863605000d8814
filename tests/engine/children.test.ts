// Executions that start others: waited for, detached, failing, cancelled with their parent.

import { expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { inShort, startTestEngine, until } from './engine.test-kit.ts'
import { behave } from './test-pack.ts'

const engine = await startTestEngine()

const runs = (workflow: string, config: Record<string, string | boolean> = {}): Step => ({
  id: 'run',
  action: 'workflow.run',
  config: { workflow, inputs: { n: 4 }, ...config },
})
const childrenOf = (id: string) =>
  engine.rows<{ id: string; status: string; depth: number; started_by: string }>(
    `select id, status, depth, started_by from execution_states where parent_execution_id = $1 order by id`,
    [id],
  )
const waits: Step = { id: 'ask', action: 'approval.request', config: { approvers: { role: 'cfo' }, expires_in: '1d' } }
const dayMs = 24 * 3_600_000

test('a parent waits for its child and gets its output', async () => {
  await engine.save({
    name: 'doubles',
    steps: [{ id: 'a', action: 'test.record', config: { value: '{{ inputs.n * 2 }}' } }],
    output: '{{ steps.a.output }}',
  })
  const { execution } = await engine.run({
    name: 'parent',
    steps: [runs('doubles')],
    output: '{{ steps.run.output.output }}',
  })
  expect(execution).toMatchObject({ status: 'completed', output: 8 })
  expect(await childrenOf(execution.id)).toMatchObject([
    { status: 'completed', depth: 1, started_by: `execution:${execution.id}` },
  ])
})

test('a child that fails fails the step, with the reason, which on_error can deal with', async () => {
  await engine.save({ name: 'fails', steps: [{ id: 'a', action: 'test.misbehave', config: { how: 'string' } }] })
  const { execution } = await engine.run({
    name: 'parent-of-failure',
    steps: [
      { ...runs('fails'), on_error: 'mend' },
      { id: 'mend', action: 'test.record', config: { value: '{{ steps.run.error.message }}' } },
    ],
    output: '{{ steps.mend.output }}',
  })
  expect(execution.output).toBe('The workflow "fails" failed: a plain string')
})

test('a child that does not exist fails the step', async () => {
  const { execution } = await engine.run({ name: 'parent-of-nobody', steps: [runs('no-such-workflow')] })
  expect(execution.failure).toMatchObject({ code: 'unknown_workflow' })
})

test('a child is cancelled with its parent', async () => {
  await engine.save({ name: 'waits', steps: [waits] })
  const id = await engine.start({ name: 'cancelled-parent', steps: [runs('waits')] })
  await engine.parked(id)
  const [child] = await childrenOf(id)
  await engine.parked(child?.id ?? '')
  await engine.signal(id, 'cancel', { by: 'ana' })
  expect((await engine.ended(id)).execution.status).toBe('cancelled')
  expect((await engine.ended(child?.id ?? '')).execution).toMatchObject({ status: 'cancelled' })
})

test('a child that is cancelled by itself fails the step of its parent', async () => {
  await engine.save({ name: 'waits-too', steps: [waits] })
  const id = await engine.start({ name: 'parent-of-cancelled', steps: [runs('waits-too')] })
  await engine.parked(id)
  const [child] = await childrenOf(id)
  await engine.parked(child?.id ?? '')
  await engine.signal(child?.id ?? '', 'cancel', { by: 'ana' })
  expect((await engine.ended(id)).execution.failure).toMatchObject({
    code: 'child_failed',
    message: expect.stringContaining('was cancelled'),
  })
})

test('a detached child goes its own way', async () => {
  await engine.save({ name: 'detached', steps: [waits] })
  const { execution } = await engine.run({ name: 'lets-go', steps: [runs('detached', { wait: false })] })
  expect(execution.status).toBe('completed')
  const started = await engine.rows<{ id: string }>(`select id from executions where started_by = $1`, [
    `execution:${execution.id}`,
  ])
  expect(started).toHaveLength(1)
  expect((await engine.parked(started[0]?.id ?? '')).parentExecutionId).toBeNull()
})

test('a child that takes too long expires the step and goes on by itself', async () => {
  await engine.save({
    name: 'slow-child',
    steps: [{ ...waits, config: { approvers: { role: 'cfo' }, expires_in: '9d' } }],
  })
  const id = await engine.start({
    name: 'impatient',
    steps: [runs('slow-child', { expires_in: '2d' })],
    output: '{{ steps.run.outcome }}',
  })
  await engine.parked(id)
  const [child] = await childrenOf(id)
  await engine.parked(child?.id ?? '')
  engine.travel(2 * dayMs)
  expect((await engine.ended(id)).execution.output).toBe('expired')
  expect((await engine.parked(child?.id ?? '')).status).toBe('waiting')
})

test('a list of children runs one for each item and gathers what they return', async () => {
  await engine.save({
    name: 'triples',
    steps: [{ id: 'a', action: 'test.record', config: { value: '{{ inputs.n * 3 }}' } }],
    output: '{{ steps.a.output }}',
  })
  const { execution } = await engine.run({
    name: 'family',
    steps: [
      {
        id: 'run',
        action: 'workflow.run',
        for_each: { items: [1, 2, 3], concurrency: 2 },
        config: { workflow: 'triples', inputs: { n: '{{ item }}' } },
      },
    ],
    output: '{{ steps.run.output.items.map(one, one.output) }}',
  })
  expect(execution.output).toEqual([3, 6, 9])
})

test('the end of the child of an earlier attempt is not taken for that of the new one', async () => {
  let tries = 0
  behave('fails first', async () => (tries++ === 0 ? Promise.reject(new Error('first')) : { output: 'second' }))
  await engine.save({ name: 'moody', steps: [{ id: 'a', action: 'test.act', config: { as: 'fails first' } }] })
  const id = await engine.start({
    name: 'tries-children',
    steps: [
      { ...runs('moody'), timeout: '1d', retry: { attempts: 2, initial: '1ms' } },
      { id: 'other', action: 'test.noop' },
    ],
  })
  const { execution } = await engine.ended(id)
  // A failed child is a failure that another attempt cannot mend.
  expect(execution.failure).toMatchObject({ code: 'child_failed' })
  await engine.signal(id, 'retry', { by: 'ana' })
  await until(async () => ((await childrenOf(id)).length === 2 ? true : undefined))
  const { events } = await engine.ended(id)
  expect(inShort(events).slice(-3)).toEqual(['waiting run', 'completed run', 'ended'])
  expect(await engine.rows(`select from signals where execution_id = $1`, [id])).toEqual([])
})
