// Things that happen in the same turn: each step settles once, whichever comes first.

import { expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { newId } from '../setup/database.ts'
import { inShort, startTestEngine, until } from './engine.test-kit.ts'
import { behave, Gate } from './test-pack.ts'

const engine = await startTestEngine({ pollMs: 3_600_000 })

/** The execution in the hands of the worker. */
const owned = (id: string) => until(() => engine.engine.worker['tenure'].owned.get(id))
const approvalOf = (id: string) =>
  until(async () => (await engine.rows<{ id: string }>(`select id from approvals where execution_id = $1`, [id]))[0])
const after = (id: string): Step => ({ id: 'after', action: 'test.record', depends_on: [id] })

test('an approval that comes in the turn in which its step times out comes too late', async () => {
  const ask: Step = { id: 'ask', action: 'approval.request', config: { approvers: { role: 'cfo' } }, timeout: '900ms' }
  const id = await engine.start({
    name: 'too-late',
    steps: [{ ...ask, on_error: 'mend' }, { id: 'mend', action: 'test.noop' }, after('mend')],
  })
  await engine.seen(id, (event) => event.type === 'step.waiting')
  const ref = (await approvalOf(id))?.id ?? ''
  const execution = await owned(id)
  const signal = {
    tenantId: engine.tenant.id,
    executionId: id,
    id: newId(),
    kind: 'approval',
    step: 'ask',
    item: undefined,
  } as const
  engine.travel(900)
  execution.pump()
  execution.deliver([{ ...signal, data: { ref, decision: 'approved', votes: [] } }])
  const { events } = await engine.ended(id)
  expect(inShort(events)).toEqual(['waiting ask', 'failed ask', 'completed mend', 'completed after', 'ended'])
})

test('of two approvals that come in one turn the first counts', async () => {
  const ask: Step = { id: 'ask', action: 'approval.request', config: { approvers: { role: 'cfo' } } }
  const id = await engine.start({ name: 'two-at-once', steps: [ask], output: '{{ steps.ask.outcome }}' })
  await engine.parked(id)
  const ref = (await approvalOf(id))?.id ?? ''
  await Promise.all([
    engine.signal(id, 'approval', { ref, decision: 'rejected', votes: [] }, 'ask'),
    engine.signal(id, 'approval', { ref, decision: 'rejected', votes: [] }, 'ask'),
  ])
  const { execution, events } = await engine.ended(id)
  expect(execution.output).toBe('rejected')
  expect(inShort(events)).toEqual(['waiting ask', 'completed ask', 'ended'])
})

test('a run that ends just before it would have been written down as started is not begun again', async () => {
  const gate = new Gate()
  behave('ends', async () => gate.enter().then(() => ({ output: 'done' })))
  const id = await engine.start({
    name: 'just-ended',
    steps: [{ id: 'a', action: 'test.act', config: { as: 'ends' } }, after('a')],
    output: '{{ steps.a.output }}',
  })
  await gate.crowd(1)
  const execution = await owned(id)
  const [run] = execution.runs
  gate.open()
  // Only promises are waited for here, so that the commit that follows cannot come first.
  const isOver = () => run?.isOver !== false
  while (!isOver()) await Promise.resolve()
  execution.sweep(engine.now() + 300)
  const ended = await engine.ended(id)
  expect(ended.execution).toMatchObject({ status: 'completed', output: 'done' })
  expect(inShort(ended.events)).toEqual(['completed a', 'completed after', 'ended'])
})
