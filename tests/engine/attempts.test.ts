// Attempts: retries and their waits, time limits, and actions that misbehave.

import { expect, test, describe } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import type { JournalEvent } from '../../src/kernel/plan/journal.ts'
import { ActionError } from '../../src/packs/kit.ts'
import { inShort, startTestEngine } from './engine.test-kit.ts'
import { behave } from './test-pack.ts'

const engine = await startTestEngine({ maxPayload: 100_000 })

const one = (step: Partial<Step>) => ({ name: 'one', steps: [{ id: 'a', action: 'test.act', ...step }] })
const ofType = <Type extends JournalEvent['type']>(events: readonly JournalEvent[], type: Type) =>
  events.filter((event): event is Extract<JournalEvent, { type: Type }> => event.type === type)

test('a failing step is tried again with growing waits, and each attempt is recorded with its reason', async () => {
  const { execution, events } = await engine.run({
    name: 'retries',
    steps: [
      {
        ...{ id: 'a', action: 'test.flaky', config: { key: 'grow', failures: 3 } },
        retry: { attempts: 4, backoff: 'exponential', initial: '10ms', jitter: false },
      },
    ],
    output: '{{ steps.a.output.tries }}',
  })
  expect(execution.output).toBe(4)
  const retries = ofType(events, 'step.retrying')
  expect(retries.map((event) => [event.attempt, event.failure.message, event.until - event.at])).toEqual([
    [1, 'Failure 1.', 10],
    [2, 'Failure 2.', 20],
    [3, 'Failure 3.', 40],
  ])
  expect(ofType(events, 'step.completed')).toMatchObject([{ attempt: 4 }])
})

test('attempts run out and the last reason is that of the step', async () => {
  const { execution, events } = await engine.run({
    name: 'exhausted',
    steps: [
      { id: 'a', action: 'test.flaky', config: { key: 'out', failures: 9 }, retry: { attempts: 3, initial: '1ms' } },
    ],
  })
  expect(inShort(events)).toEqual(['retrying a', 'retrying a', 'failed a', 'ended'])
  expect(execution.failure).toMatchObject({ code: 'http_failed', message: 'Failure 3.' })
})

test('a failure that another attempt cannot mend stops at once', async () => {
  const { events } = await engine.run({
    name: 'hopeless',
    steps: [
      { id: 'a', action: 'test.flaky', config: { key: 'stop', failures: 9, retry: false }, retry: { attempts: 3 } },
    ],
  })
  expect(inShort(events)).toEqual(['failed a', 'ended'])
})

test('a long wait before the next attempt parks the execution, and its time brings it back', async () => {
  const id = await engine.start({
    name: 'parked-retry',
    steps: [
      {
        id: 'a',
        action: 'test.flaky',
        config: { key: 'parked', failures: 1 },
        retry: { attempts: 2, initial: '1h', max: '2h' },
      },
    ],
  })
  const { runnableAt } = await engine.parked(id)
  const [retry] = ofType(await engine.events(id), 'step.retrying')
  expect(runnableAt?.getTime()).toBe(retry?.until)
  engine.travel(3_600_000)
  const { execution } = await engine.ended(id)
  expect(execution.status).toBe('completed')
})

test('all attempts see one idempotency key', async () => {
  const keys = new Set<string>()
  let tries = 0
  behave('keyed', async ({ idempotencyKey, attempt }) => {
    keys.add(idempotencyKey)
    if (++tries !== attempt) throw new ActionError('internal', 'attempts do not count up')
    if (tries < 3) throw new Error('again')
    return { output: null }
  })
  const { execution } = await engine.run(one({ config: { as: 'keyed' }, retry: { attempts: 3, initial: '1ms' } }))
  expect(execution.status).toBe('completed')
  expect(keys.size).toBe(1)
})

describe('a step that takes longer than its timeout', () => {
  test.each(['never', 'deaf'])('fails, also when its action is %s', async (how) => {
    const { execution, events } = await engine.run({
      name: 'slow',
      steps: [
        { id: 'a', action: 'test.misbehave', config: { how }, timeout: '30ms', retry: { attempts: 2, initial: '1ms' } },
      ],
    })
    expect(execution.failure).toMatchObject({ code: 'step_timeout', message: expect.stringContaining('0.03 s') })
    expect(inShort(events)).toEqual(['retrying a', 'failed a', 'ended'])
  })

  test('is told to stop, and what it does later is ignored', async () => {
    let finish = (): void => {}
    behave('late', ({ signal }) => {
      const { promise, resolve } = Promise.withResolvers<{ output: string }>()
      signal.addEventListener('abort', () => (finish = () => resolve({ output: 'too late' })))
      return promise
    })
    const id = await engine.start(one({ config: { as: 'late' }, timeout: '30ms', on_timeout: 'b' }))
    await engine.ended(id)
    finish()
    expect(inShort((await engine.ended(id)).events)).not.toContain('completed a')
  })

  test('is written down as started when it takes long', async () => {
    const { events } = await engine.run({
      name: 'told',
      steps: [{ id: 'a', action: 'test.misbehave', config: { how: 'never' }, timeout: '600ms' }],
    })
    expect(inShort(events)).toEqual(['started a', 'failed a', 'ended'])
  })
})

describe('an action that misbehaves', () => {
  const reasons = {
    garbage: { code: 'invalid_output' },
    function: { code: 'invalid_output' },
    outcome: { code: 'invalid_output', message: expect.stringContaining('splendid') },
    nothing: { code: 'step_failed' },
    string: { code: 'step_failed', message: 'a plain string' },
    null: { code: 'step_failed', message: expect.stringContaining('null') },
    nul: { code: 'step_failed', message: 'a \ufffd in the message' },
    throws: { code: 'step_failed', message: 'at once, without a promise' },
  }
  test.each(Object.entries(reasons))('(%s) fails its step with a reason', async (how, reason) => {
    const { execution, events } = await engine.run({
      name: how,
      steps: [{ id: 'a', action: 'test.misbehave', config: { how } }],
    })
    expect(execution).toMatchObject({ status: 'failed', failure: reason })
    expect(inShort(events)).toEqual(['failed a', 'ended'])
  })

  test('does not disturb its neighbours', async () => {
    const steps = Object.keys(reasons).map((how) => ({
      id: how,
      action: 'test.misbehave',
      config: { how },
      on_error: 'after',
    }))
    const { execution } = await engine.run({
      name: 'together',
      steps: [...steps, { id: 'after', action: 'test.noop' }],
    })
    expect(execution.status).toBe('completed')
  })
})

test('an output over the limit fails the step, and nothing of it is kept', async () => {
  behave('big', async ({ config }) => ({ output: 'x'.repeat(Number(config.with)) }))
  const { execution } = await engine.run(one({ config: { as: 'big', with: 100_001 }, retry: { attempts: 3 } }))
  expect(execution.failure).toMatchObject({ code: 'payload_too_large' })
  const within = await engine.run(one({ config: { as: 'big', with: 99_000 } }))
  expect(within.execution.status).toBe('completed')
})

test('what a waiting step wants to remember is under the same limit', async () => {
  behave('long memory', async ({ now }) => ({ wait: { on: 'timer', until: now + 10 }, memo: 'x'.repeat(100_001) }))
  const { execution } = await engine.run(one({ config: { as: 'long memory' } }))
  expect(execution.failure).toMatchObject({ code: 'payload_too_large' })
})

test('characters that the database cannot hold are replaced, for later steps as for the journal', async () => {
  behave('odd text', async () => ({ output: { 'k\0': 'a\0b', lone: 'c\ud800d', fine: '\\u0000 \u{1f600}' } }))
  const { execution, events } = await engine.run({
    ...one({ config: { as: 'odd text' } }),
    output: '{{ steps.a.output }}',
  })
  const kept = { 'k\ufffd': 'a\ufffdb', lone: 'c\ufffdd', fine: '\\u0000 \u{1f600}' }
  expect(execution.output).toEqual(kept)
  expect(events[0]).toMatchObject({ output: kept })
})

test('text that the database cannot hold reaches people nevertheless', async () => {
  behave('nul', async () => ({ output: 'a\0b' }))
  const id = await engine.start({
    name: 'nul-summary',
    steps: [
      { id: 'a', action: 'test.act', config: { as: 'nul' } },
      {
        ...{ id: 'ask', action: 'approval.request', depends_on: ['a'] },
        config: {
          approvers: { role: 'cfo' },
          summary: 'Is {{ steps.a.output }} fine?',
          details: '{{ steps.a.output }}',
        },
      },
    ],
  })
  await engine.parked(id)
  expect(await engine.rows(`select summary, details from approvals where execution_id = $1`, [id])).toEqual([
    { summary: 'Is a\ufffdb fine?', details: 'a\ufffdb' },
  ])
})

test('a failure whose detail is too large keeps its message and leaves the detail out', async () => {
  const fails = (detail: string) => async () => {
    throw new ActionError('http_refused', 'The order was refused.', { detail })
  }
  behave('short-detail', fails('why'))
  behave('long-detail', fails('x'.repeat(200_000)))
  const { execution: short } = await engine.run(one({ config: { as: 'short-detail' } }))
  expect(short.failure).toMatchObject({ code: 'http_refused', detail: 'why' })
  const { execution: long } = await engine.run(one({ config: { as: 'long-detail' } }))
  expect(long.failure).toEqual({ code: 'http_refused', message: 'The order was refused.', retry: false })
})
