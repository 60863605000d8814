// An execution that waits is moved to another version of its workflow by a real engine.

import { expect, test } from 'vitest'
import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'
import type { JournalEvent } from '../../src/kernel/plan/journal.ts'
import { sendSignals } from '../../src/record/signals.ts'
import { newId } from '../setup/database.ts'
import { inShort, startTestEngine, until } from '../engine/engine.test-kit.ts'
import { recorded } from '../engine/test-pack.ts'

const engine = await startTestEngine()

const record = (id: string, more: Partial<Step> = {}): Step => ({ id, action: 'test.record', ...more })
const ask = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  action: 'approval.request',
  config: { approvers: { role: 'cfo' } },
  ...more,
})
const event = (id: string, type: string): Step => ({ id, action: 'wait_for_event', config: { event: type } })
const approvalsOf = (id: string) =>
  engine.rows<{ id: string; step: string; status: string; closed_reason: string | null }>(
    `select id, step, status, closed_reason from approvals where execution_id = $1 order by created_at, id`,
    [id],
  )
const isMigrated = (one: JournalEvent): boolean => one.type === 'execution.migrated'

/** Starts it, lets it wait, and moves it to the other version. */
async function moved(before: Workflow, after: Workflow, data: Record<string, unknown> = {}): Promise<string> {
  const id = await engine.start(before)
  await engine.parked(id)
  const versionId = await engine.save(after)
  expect(await engine.signal(id, 'migrate', JSON.parse(JSON.stringify({ by: 'ana', versionId, ...data })))).toBe(true)
  await engine.seen(id, isMigrated)
  await engine.parked(id)
  return id
}
/** Every signal to it has been taken in. */
const taken = (id: string) =>
  until(async () =>
    (await engine.rows(`select from signals where execution_id = $1`, [id])).length === 0 ? true : undefined,
  )
const approve = (executionId: string, step: string, ref: string) =>
  engine.signal(executionId, 'approval', { ref, decision: 'approved', votes: [] }, step)

test('an approval is void and asked anew; what waits unchanged goes on waiting; the new version runs from then on', async () => {
  const steps = [record('before'), ask('gate', { depends_on: ['before'] }), event('paid', 'paid.now')]
  const id = await moved(
    { name: 'moves', steps: [...steps, record('after', { depends_on: ['gate'], config: { value: 'old' } })] },
    {
      name: 'moves',
      vars: { word: 'new' },
      steps: [...steps, record('after', { depends_on: ['gate', 'paid'], config: { value: '{{ vars.word }}' } })],
      output: '{{ steps.after.output }}',
    },
  )
  const [old, fresh] = await approvalsOf(id)
  expect(old).toMatchObject({ status: 'void', closed_reason: 'The workflow moved to version 2.' })
  expect(fresh).toMatchObject({ status: 'pending', step: 'gate' })
  // A decision on what is void comes to nothing.
  await approve(id, 'gate', old?.id ?? '')
  await engine.signal(id, 'event', { event: 'paid.now', id: 'e1', data: null }, 'paid')
  await engine.seen(id, (one) => one.type === 'step.completed' && one.step === 'paid')
  await engine.parked(id)
  await approve(id, 'gate', fresh?.id ?? '')
  const { execution, events } = await engine.ended(id)
  expect(execution).toMatchObject({ status: 'completed', output: 'new' })
  expect(inShort(events).filter((what) => what !== 'started after')).toEqual([
    'completed before',
    'waiting paid',
    'waiting gate',
    'migrated',
    'waiting gate',
    'completed paid',
    'completed gate',
    'completed after',
    'ended',
  ])
  expect(recorded.filter((call) => call.executionId === id && call.step === 'before')).toHaveLength(1)
})

test('what changed or was removed gives up its forms, events and children; a settled step that is gone is forgotten', async () => {
  await engine.save({ name: 'below', steps: [ask('slow')] })
  const form = (title: string): Step => ({
    id: 'fill',
    action: 'form.request',
    config: { audience: { role: 'cfo' }, title, fields: { sum: { type: 'number' } } },
  })
  const child: Step = { id: 'child', action: 'workflow.run', config: { workflow: 'below', wait: true } }
  const id = await moved(
    { name: 'closes', steps: [record('gone'), form('First'), event('heard', 'a.b'), child] },
    { name: 'closes', steps: [form('Second')] },
  )
  const forms = await engine.rows<{ status: string }>(
    `select status from forms where execution_id = $1 order by created_at, id`,
    [id],
  )
  expect(forms.map(({ status }) => status)).toEqual(['cancelled', 'pending'])
  expect(await engine.rows(`select from event_waits where execution_id = $1`, [id])).toEqual([])
  const [below] = await engine.rows<{ id: string }>(`select id from executions where parent_execution_id = $1`, [id])
  expect((await engine.ended(below?.id ?? '')).execution.status).toBe('cancelled')
  const [pending] = await engine.rows<{ id: string }>(
    `select id from forms where execution_id = $1 and status = 'pending'`,
    [id],
  )
  await engine.signal(id, 'form', { ref: pending?.id ?? '', data: { sum: 7 }, by: 'ana' }, 'fill')
  expect((await engine.ended(id)).execution.status).toBe('completed')
})

test('a paused execution is moved and stays paused', async () => {
  const id = await engine.start({ name: 'held', steps: [ask('gate')] })
  await engine.parked(id)
  await engine.signal(id, 'pause', { by: 'ana' })
  await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
  await engine.parked(id)
  const versionId = await engine.save({ name: 'held', steps: [record('instead')] })
  await engine.signal(id, 'migrate', { by: 'ana', versionId })
  await engine.seen(id, isMigrated)
  expect((await engine.parked(id)).status).toBe('paused')
  await engine.signal(id, 'resume', { by: 'ana' })
  expect((await engine.ended(id)).execution.status).toBe('completed')
})

test('a vote that was first counts; the move that it makes impossible comes to nothing, and the log says so', async () => {
  const id = await engine.start({ name: 'races', steps: [ask('gate'), ask('last')] })
  await engine.parked(id)
  const versionId = await engine.save({
    name: 'races',
    steps: [ask('ahead'), ask('gate', { depends_on: ['ahead'] }), ask('last')],
  })
  const gate = (await approvalsOf(id)).find(({ step }) => step === 'gate')
  const common = { tenantId: engine.tenant.id, executionId: id, createdAt: new Date(engine.now()) }
  const vote = { ref: gate?.id ?? '', decision: 'approved', votes: [] }
  // Stored together, so that the worker finds both.
  await sendSignals(engine.database.engine, [
    { ...common, id: newId(), kind: 'approval', step: 'gate', data: vote },
    { ...common, id: newId(), kind: 'migrate', data: { by: 'ana', versionId } },
  ])
  await engine.seen(id, (one) => one.type === 'step.completed')
  await taken(id)
  expect((await engine.events(id)).some(isMigrated)).toBe(false)
  expect(engine.logs).toContainEqual(
    expect.objectContaining({ message: 'An execution was not moved to another version.' }),
  )
  expect((await approvalsOf(id)).map(({ status }) => status).includes('void')).toBe(false)
})

test('a version that is not there, and the one that it has, change nothing', async () => {
  const id = await engine.start({ name: 'same', steps: [ask('gate')] })
  const { versionId } = await engine.parked(id)
  for (const given of [{ versionId }, { versionId: '00000000-0000-7000-8000-000000000000' }, {}]) {
    await engine.signal(id, 'migrate', { by: 'ana', ...given })
    await taken(id)
  }
  await engine.parked(id)
  expect(inShort(await engine.events(id))).toEqual(['waiting gate'])
})

test('with the version come its limit on executions side by side and the defaults of its inputs', async () => {
  const after: Workflow = {
    name: 'limits',
    inputs: { size: { type: 'number', default: 3 } },
    settings: { concurrency: { limit: 1 } },
    steps: [ask('gate')],
    output: '{{ inputs.size }}',
  }
  const id = await moved({ name: 'limits', steps: [ask('gate')] }, after, { concurrency: { key: 'k', limit: 1 } })
  const columns = `concurrency_key as key, concurrency_limit as most`
  const limit = [{ key: 'k', most: 1 }]
  expect(await engine.rows(`select ${columns} from executions where id = $1`, [id])).toEqual(limit)
  expect(await engine.rows(`select ${columns} from live_executions where id = $1`, [id])).toEqual(limit)
  const [, fresh] = await approvalsOf(id)
  await approve(id, 'gate', fresh?.id ?? '')
  expect((await engine.ended(id)).execution.output).toBe(3)
})
