// Retry by a person: from the failed step on, with the same version or a mended one.

import { expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { newId } from '../setup/database.ts'
import { inShort, startTestEngine, until } from './engine.test-kit.ts'
import { behave, Gate, recorded } from './test-pack.ts'

const engine = await startTestEngine()
const hourMs = 3_600_000

const record = (id: string, more: Partial<Step> = {}): Step => ({ id, action: 'test.record', ...more })
const flaky = (id: string, key: string, more: Partial<Step> = {}): Step => ({
  id,
  action: 'test.flaky',
  config: { key, failures: 1 },
  ...more,
})
const calls = (executionId: string, step: string) =>
  recorded.filter((call) => call.executionId === executionId && call.step === step)

async function retried(id: string, data: Record<string, string | string[]> = {}) {
  expect(await engine.signal(id, 'retry', { by: 'ana', ...data })).toBe(true)
  await engine.seen(id, (event) => event.type === 'execution.retried')
  return engine.ended(id)
}

test('goes on from the failed step; what had completed is not done again', async () => {
  const { execution } = await engine.run({
    name: 'again',
    steps: [
      record('before'),
      flaky('risky', 'again', { depends_on: ['before'] }),
      record('after', { depends_on: ['risky'] }),
    ],
    output: '{{ steps.risky.output.tries }}',
  })
  expect(execution.status).toBe('failed')
  const again = await retried(execution.id)
  expect(again.execution).toMatchObject({ status: 'completed', output: 2, failure: null })
  expect(calls(execution.id, 'before')).toHaveLength(1)
  expect(inShort(again.events)).toEqual([
    'completed before',
    'failed risky',
    'ended',
    'retried',
    'completed risky',
    'completed after',
    'ended',
  ])
})

test('a completed execution is not retried', async () => {
  const { execution } = await engine.run({ name: 'done', steps: [record('a')] })
  expect(await engine.signal(execution.id, 'retry', { by: 'ana' })).toBe(false)
})

test('with a mended version goes on with its steps, also after another worker took over', async () => {
  const broken = {
    name: 'mended',
    steps: [
      record('before'),
      { id: 'bad', action: 'test.misbehave', config: { how: 'string' }, depends_on: ['before'] },
    ],
  }
  const { execution } = await engine.run(broken)
  const versionId = await engine.save({
    name: 'mended',
    steps: [
      record('before'),
      record('bad', { config: { value: 'mended' }, depends_on: ['before'] }),
      { id: 'ask', action: 'approval.request', config: { approvers: { role: 'cfo' } }, depends_on: ['bad'] },
    ],
    output: '{{ steps.bad.output }}',
  })
  await engine.signal(execution.id, 'retry', { by: 'ana', versionId })
  await engine.parked(execution.id)
  const [request] = await engine.rows<{ id: string }>(`select id from approvals where execution_id = $1`, [
    execution.id,
  ])
  // It was parked: whoever goes on folds a journal that changes versions in the middle.
  await engine.signal(execution.id, 'approval', { ref: request?.id ?? '', decision: 'approved', votes: [] }, 'ask')
  const again = await engine.ended(execution.id)
  expect(again.execution).toMatchObject({ status: 'completed', output: 'mended' })
  expect(calls(execution.id, 'before')).toHaveLength(1)
})

test('with a version that does not exist changes nothing: it stays failed, for the reason it had', async () => {
  const { execution } = await engine.run({ name: 'no-version', steps: [flaky('risky', 'no-version')] })
  await engine.signal(execution.id, 'retry', { by: 'ana', versionId: newId() })
  const after = await until(async () => {
    const found = await engine.execution(execution.id)
    return found.status === 'failed' ? found : undefined
  })
  expect(after.failure).toEqual(execution.failure)
  expect((await retried(execution.id)).execution.status).toBe('completed')
})

test('a for_each keeps the items that had completed', async () => {
  const { execution } = await engine.run({
    name: 'items',
    steps: [
      record('each', { for_each: { items: [1, 2, 3], concurrency: 1 }, config: { value: '{{ item }}' } }),
      {
        ...flaky('all', 'items {{ item }}', { depends_on: ['each'] }),
        for_each: { items: [0, 1, 0], concurrency: 1 },
        config: { key: 'items {{ index }}', failures: '{{ item }}' },
      },
    ],
    output: '{{ steps.all.output.completed }}',
  })
  expect(execution.status).toBe('failed')
  const again = await retried(execution.id)
  expect(again.execution).toMatchObject({ status: 'completed', output: 3 })
  const later = inShort(again.events).slice(inShort(again.events).indexOf('retried'))
  expect(later).toEqual(['retried', 'completed all[1]', 'completed all[2]', 'ended'])
  expect(calls(execution.id, 'each')).toHaveLength(3)
})

test('a step that had not completed keeps its idempotency key; one that runs again after it completed gets another', async () => {
  const keys: Record<string, string[]> = { done: [], failing: [] }
  let isBroken = true
  behave('note the key', async ({ step, idempotencyKey }) => {
    keys[step]?.push(idempotencyKey)
    if (step === 'failing' && isBroken) throw new Error('broken')
    return { output: null }
  })
  const act = (id: string, more: Partial<Step> = {}): Step => ({
    id,
    action: 'test.act',
    config: { as: 'note the key' },
    ...more,
  })
  const { execution } = await engine.run({
    name: 'keys',
    steps: [act('done'), act('failing', { depends_on: ['done'] })],
  })
  isBroken = false
  await retried(execution.id, { steps: ['done'] })
  expect(keys['done']).toHaveLength(2)
  expect(new Set(keys['done']).size).toBe(2)
  expect(keys['failing']).toHaveLength(2)
  expect(new Set(keys['failing']).size).toBe(1)
})

test('what was undone is done again', async () => {
  const { execution } = await engine.run({
    name: 'undone',
    steps: [
      record('book', {
        config: { value: 'booked' },
        compensate: { action: 'test.record', config: { value: 'undone' } },
      }),
      flaky('risky', 'undone', { depends_on: ['book'] }),
    ],
  })
  expect(calls(execution.id, 'book').map((call) => call.value)).toEqual(['booked', 'undone'])
  expect((await retried(execution.id)).execution.status).toBe('completed')
  const all = calls(execution.id, 'book')
  expect(all.map((call) => call.value)).toEqual(['booked', 'undone', 'booked'])
  expect(new Set(all.map((call) => call.key)).size).toBe(3)
})

test('a cancelled execution can be retried: what it waited for is asked for anew', async () => {
  const ask: Step = { id: 'ask', action: 'approval.request', config: { approvers: { role: 'cfo' } } }
  const id = await engine.start({ name: 'cancelled', steps: [ask], output: '{{ steps.ask.outcome }}' })
  await engine.parked(id)
  await engine.signal(id, 'cancel', { by: 'ana' })
  await engine.ended(id)
  await engine.signal(id, 'retry', { by: 'ana' })
  await engine.parked(id)
  const requests = await engine.rows<{ id: string; status: string }>(
    `select id, status from approvals where execution_id = $1 order by created_at, id`,
    [id],
  )
  expect(requests.map((request) => request.status)).toEqual(['cancelled', 'pending'])
  await engine.signal(id, 'approval', { ref: requests[0]?.id ?? '', decision: 'approved', votes: [] }, 'ask')
  await engine.signal(id, 'approval', { ref: requests[1]?.id ?? '', decision: 'rejected', votes: [] }, 'ask')
  expect((await engine.ended(id)).execution.output).toBe('rejected')
})

test('a retry gives the whole time limit anew', async () => {
  const id = await engine.start({
    name: 'limit',
    settings: { timeout: '10h' },
    steps: [flaky('risky', 'limit'), { id: 'ask', action: 'delay', config: { for: '6h' }, depends_on: ['risky'] }],
  })
  await engine.ended(id)
  engine.travel(9 * hourMs)
  await engine.signal(id, 'retry', { by: 'ana' })
  const { runnableAt } = await engine.parked(id)
  expect(runnableAt?.getTime()).toBeGreaterThan(engine.now() + 5 * hourMs)
  engine.travel(6 * hourMs)
  expect((await engine.ended(id)).execution.status).toBe('completed')
})

test('a cancel right after a retry cancels what was retried', async () => {
  const gate = new Gate()
  behave('held', async ({ signal }) => {
    if (gate.passed > 0)
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
    gate.open()
    await gate.enter()
    throw new Error('first')
  })
  const { execution } = await engine.run({
    name: 'retry-cancel',
    steps: [{ id: 'a', action: 'test.act', config: { as: 'held' } }],
  })
  await engine.signal(execution.id, 'retry', { by: 'ana' })
  await engine.signal(execution.id, 'cancel', { by: 'ana' })
  expect((await engine.ended(execution.id)).execution.status).toBe('cancelled')
})

test('two people retry at once: it is retried once', async () => {
  const { execution } = await engine.run({ name: 'twice', steps: [flaky('risky', 'twice')] })
  const taken = await Promise.all([
    engine.signal(execution.id, 'retry', { by: 'ana' }),
    engine.signal(execution.id, 'retry', { by: 'ben' }),
  ])
  expect(taken.toSorted()).toEqual([false, true])
  const { events } = await engine.ended(execution.id)
  expect(inShort(events).filter((what) => what === 'retried')).toHaveLength(1)
})
