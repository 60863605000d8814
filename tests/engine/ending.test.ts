// How executions end before they are done: cancelled, timed out, undone; and how they stand still and go on.

import { describe, expect, test } from 'vitest'
import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'
import { startTestEngine, inShort, until } from './engine.test-kit.ts'
import { behave, Gate, recorded } from './test-pack.ts'

const engine = await startTestEngine()
const hourMs = 3_600_000

const noop = (id: string, more: Partial<Step> = {}): Step => ({ id, action: 'test.noop', ...more })
const undo = (id: string) => ({ compensate: { action: 'test.record', config: { value: `undo ${id}` } } })
const undone = (executionId: string) =>
  recorded.filter((call) => call.executionId === executionId).map((call) => call.value)
const waits = { action: 'approval.request', config: { approvers: { role: 'cfo' }, expires_in: '90d' } }
const broken: Step = { id: 'broken', action: 'test.misbehave', config: { how: 'string' } }
const statuses = (id: string, table = 'approvals') =>
  engine.rows<{ status: string }>(`select status from ${table} where execution_id = $1`, [id])

/** An action that stands before a gate until the test opens it, or until it is told to stop. */
function gated(name: string): Gate {
  const gate = new Gate()
  behave(name, async ({ signal }) => {
    const stopped = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('stopped'))),
    )
    await Promise.race([gate.enter(), stopped])
    return { output: 'done' }
  })
  return gate
}

describe('compensation', () => {
  test('undoes in reverse order of completion what completed, and only that', async () => {
    const { execution, events } = await engine.run({
      name: 'saga',
      steps: [
        noop('one', undo('one')),
        noop('skipped', { condition: '{{ false }}', depends_on: ['one'], ...undo('skipped') }),
        noop('two', { depends_on: ['skipped'], ...undo('two') }),
        { ...broken, depends_on: ['two'], ...undo('broken') },
      ],
    })
    expect(execution.status).toBe('failed')
    expect(undone(execution.id)).toEqual(['undo two', 'undo one'])
    expect(inShort(events).slice(-3)).toEqual(['completed two', 'completed one', 'ended'])
  })

  test('sees the outputs of the step that it undoes, and a key of its own', async () => {
    const { execution } = await engine.run({
      name: 'undo-scope',
      steps: [
        {
          id: 'book',
          action: 'test.record',
          config: { value: 'R7' },
          compensate: { action: 'test.record', config: { value: 'cancel {{ steps.book.output }}' } },
        },
        { ...broken, depends_on: ['book'] },
      ],
    })
    const calls = recorded.filter((call) => call.executionId === execution.id)
    expect(calls.map((call) => call.value)).toEqual(['R7', 'cancel R7'])
    expect(new Set(calls.map((call) => call.key)).size).toBe(2)
  })

  test('is tried again, and one that fails for good does not keep the others from being undone', async () => {
    let tries = 0
    behave('undo that fails twice', async () => {
      tries++
      if (tries <= 2) throw new Error(`try ${tries}`)
      return { output: null }
    })
    behave('undo that never works', async () => Promise.reject(new Error('never')))
    const act = (as: string) => ({ action: 'test.act', config: { as } })
    const fast = { retry: { attempts: 3, initial: '1ms' } }
    const { execution, events } = await engine.run({
      name: 'stubborn',
      steps: [
        noop('one', { ...undo('one') }),
        noop('two', { depends_on: ['one'], compensate: act('undo that never works'), ...fast }),
        noop('three', { depends_on: ['two'], compensate: act('undo that fails twice'), ...fast }),
        { ...broken, depends_on: ['three'] },
      ],
    })
    const last = events
      .filter((event) => event.type.startsWith('compensation.'))
      .map((event) => `${event.type} ${'step' in event ? event.step : ''}`)
    expect(last).toEqual([
      'compensation.retrying three',
      'compensation.retrying three',
      'compensation.completed three',
      'compensation.retrying two',
      'compensation.retrying two',
      'compensation.failed two',
      'compensation.completed one',
    ])
    expect(execution).toMatchObject({ status: 'failed', failure: { message: 'a plain string' } })
  })

  test('that waits for something fails, because nothing may hold up the end', async () => {
    const { events } = await engine.run({
      name: 'waiting-undo',
      steps: [
        noop('one', { retry: { attempts: 1 }, compensate: { action: 'delay', config: { for: '1h' } } }),
        { ...broken, depends_on: ['one'] },
      ],
    })
    expect(events.find((event) => event.type === 'compensation.failed')).toMatchObject({
      failure: { message: expect.stringContaining('cannot compensate') },
    })
  })

  test('whose retry lies far off parks the execution', async () => {
    let tries = 0
    behave('undo later', async () => (tries++ === 0 ? Promise.reject(new Error('not yet')) : { output: null }))
    const compensate = { action: 'test.act', config: { as: 'undo later' } }
    const id = await engine.start({
      name: 'later',
      steps: [
        noop('one', { compensate, retry: { attempts: 2, initial: '1h', max: '2h' } }),
        { ...broken, depends_on: ['one'] },
      ],
    })
    await engine.parked(id)
    engine.travel(hourMs)
    expect((await engine.ended(id)).execution.status).toBe('failed')
    expect(tries).toBe(2)
  })

  test('waits for a neighbour that is still at work, and undoes that too', async () => {
    const gate = gated('neighbour')
    const id = await engine.start({
      name: 'neighbour',
      steps: [broken, { id: 'slow', action: 'test.act', config: { as: 'neighbour' }, ...undo('slow') }],
    })
    await engine.seen(id, (event) => event.type === 'step.failed')
    gate.open()
    await engine.ended(id)
    expect(undone(id)).toEqual(['undo slow'])
  })
})

describe('cancel', () => {
  test('stops what runs, undoes what completed, and says who did it', async () => {
    const gate = gated('cancelled')
    const steps = [
      noop('one', undo('one')),
      { id: 'slow', action: 'test.act', config: { as: 'cancelled' }, depends_on: ['one'] },
    ]
    const id = await engine.start({ name: 'cancel-running', steps })
    await gate.crowd(1)
    await engine.signal(id, 'cancel', { by: 'ana@acme.example', reason: 'wrong order' })
    const { execution, events } = await engine.ended(id)
    expect(execution).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled', message: 'wrong order' } })
    expect(events.find((event) => event.type === 'execution.cancelling')).toMatchObject({ by: 'ana@acme.example' })
    expect(undone(id)).toEqual(['undo one'])
    expect(gate.passed).toBe(0)
  })

  test('of a waiting execution closes what it waits for', async () => {
    const form = {
      action: 'form.request',
      config: { title: 'Say', fields: { a: { type: 'string' } }, audience: { role: 'cfo' } },
    }
    const event = { action: 'wait_for_event', config: { event: 'never.comes' } }
    const id = await engine.start({
      name: 'cancel-waiting',
      steps: [noop('one', undo('one')), { id: 'ask', ...waits }, { id: 'fill', ...form }, { id: 'hear', ...event }],
    })
    await until(async () =>
      (await engine.events(id)).filter((one) => one.type === 'step.waiting').length === 3 ? true : undefined,
    )
    await engine.signal(id, 'cancel', { by: 'ana' })
    expect((await engine.ended(id)).execution.status).toBe('cancelled')
    expect(undone(id)).toEqual(['undo one'])
    expect(await statuses(id)).toEqual([{ status: 'cancelled' }])
    expect(await statuses(id, 'forms')).toEqual([{ status: 'cancelled' }])
    expect(await engine.rows(`select from event_waits where execution_id = $1`, [id])).toEqual([])
  })

  test('reaches an execution before it has begun: nothing of it runs', async () => {
    const workflow = { name: 'cancel-queued', steps: [{ id: 'one', action: 'test.record' }] }
    const blocked = await engine.start(workflow, {}, { concurrency: { key: 'busy', limit: 0 } })
    await engine.signal(blocked, 'cancel', { by: 'ana' })
    const { execution, events } = await engine.ended(blocked)
    expect(execution.status).toBe('cancelled')
    expect(inShort(events)).toEqual(['cancelling', 'ended'])
  })

  test('of a paused execution ends it', async () => {
    const id = await engine.start({
      name: 'cancel-paused',
      steps: [noop('one', undo('one')), { id: 'ask', ...waits, depends_on: ['one'] }],
    })
    await engine.parked(id)
    await engine.signal(id, 'pause', { by: 'ana' })
    await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
    await engine.signal(id, 'cancel', { by: 'ana' })
    expect((await engine.ended(id)).execution.status).toBe('cancelled')
    expect(undone(id)).toEqual(['undo one'])
  })

  test('is refused once the execution has ended', async () => {
    const { execution } = await engine.run({ name: 'over', steps: [noop('one')] })
    expect(await engine.signal(execution.id, 'cancel', { by: 'ana' })).toBe(false)
  })

  test('of an action that does not listen ends the execution all the same', async () => {
    const id = await engine.start({
      name: 'cancel-deaf',
      steps: [{ id: 'deaf', action: 'test.misbehave', config: { how: 'deaf' } }],
    })
    await engine.seen(id, (event) => event.type === 'step.started')
    await engine.signal(id, 'cancel', { by: 'ana' })
    await engine.seen(id, (event) => event.type === 'execution.cancelling')
    engine.travel(5000)
    const { execution, events } = await engine.ended(id)
    expect(execution.status).toBe('cancelled')
    expect(events.find((event) => event.type === 'step.failed')).toMatchObject({ step: 'deaf' })
  })
})

describe('pause and resume', () => {
  const steps = (as: string): Workflow['steps'] => [
    { id: 'one', action: 'test.act', config: { as } },
    noop('two', { depends_on: ['one'] }),
  ]

  test('what runs may end, nothing new starts, and resume goes on from there', async () => {
    const gate = gated('paused')
    const id = await engine.start({ name: 'pause', steps: steps('paused') })
    await gate.crowd(1)
    await engine.signal(id, 'pause', { by: 'ana', reason: 'audit' })
    await engine.seen(id, (event) => event.type === 'execution.paused')
    gate.open()
    await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
    expect(inShort(await engine.events(id)).at(-1)).toBe('completed one')
    expect((await engine.parked(id)).status).toBe('paused')
    await engine.signal(id, 'resume', { by: 'ana' })
    expect(inShort((await engine.ended(id)).events).slice(-3)).toEqual(['resumed', 'completed two', 'ended'])
  })

  test('an execution that was resumed can be paused again while it runs', async () => {
    const gate = gated('twice')
    const id = await engine.start({ name: 'twice', steps: [noop('zero'), { id: 'ask', ...waits }, ...steps('twice')] })
    await gate.crowd(1)
    await engine.signal(id, 'pause', { by: 'ana' })
    await engine.seen(id, (event) => event.type === 'execution.paused')
    gate.open('for one')
    await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
    await engine.signal(id, 'resume', { by: 'ana' })
    expect((await engine.execution(id)).status).not.toBe('paused')
    await until(async () => ((await engine.execution(id)).status === 'waiting' ? true : undefined))
    expect(await engine.signal(id, 'pause', { by: 'ana' })).toBe(true)
    await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
    await engine.signal(id, 'cancel', { by: 'ana' })
    await engine.ended(id)
  })

  test('a time that comes while paused is caught up with after the resume', async () => {
    const id = await engine.start({
      name: 'pause-delay',
      steps: [{ id: 'wait', action: 'delay', config: { for: '1h' } }],
    })
    await engine.parked(id)
    await engine.signal(id, 'pause', { by: 'ana' })
    await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
    engine.travel(2 * hourMs)
    expect((await engine.parked(id)).status).toBe('paused')
    await engine.signal(id, 'resume', { by: 'ana' })
    expect((await engine.ended(id)).execution.status).toBe('completed')
  })

  test('an approval that comes while paused counts after the resume', async () => {
    const id = await engine.start({
      name: 'pause-approval',
      steps: [{ id: 'ask', ...waits }],
      output: '{{ steps.ask.outcome }}',
    })
    await engine.parked(id)
    const [request] = await engine.rows<{ id: string }>(`select id from approvals where execution_id = $1`, [id])
    await engine.signal(id, 'pause', { by: 'ana' })
    await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
    await engine.signal(id, 'approval', { ref: request?.id ?? '', decision: 'approved', votes: [] }, 'ask')
    await engine.parked(id)
    await engine.signal(id, 'resume', { by: 'ana' })
    expect((await engine.ended(id)).execution.output).toBe('approved')
  })

  test('pausing twice, or resuming what runs, changes nothing', async () => {
    const id = await engine.start({ name: 'pause-twice', steps: [{ id: 'ask', ...waits }] })
    await engine.parked(id)
    expect(await engine.signal(id, 'resume', { by: 'ana' })).toBe(false)
    await engine.signal(id, 'pause', { by: 'ana' })
    await engine.signal(id, 'pause', { by: 'ben' })
    await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
    await engine.parked(id)
    expect(inShort(await engine.events(id)).filter((what) => what === 'paused')).toHaveLength(1)
  })
})

describe('the time limit of an execution', () => {
  test('ends it while it waits, and undoes what completed', async () => {
    const id = await engine.start({
      name: 'limit-waiting',
      settings: { timeout: '1d' },
      steps: [noop('one', undo('one')), { id: 'ask', ...waits }],
    })
    const { runnableAt } = await engine.parked(id)
    expect(runnableAt).not.toBeNull()
    engine.travel(24 * hourMs)
    expect((await engine.ended(id)).execution).toMatchObject({
      status: 'failed',
      failure: { code: 'execution_timeout' },
    })
    expect(undone(id)).toEqual(['undo one'])
    expect(await statuses(id)).toEqual([{ status: 'cancelled' }])
  })

  test('ends it while it works', async () => {
    const { execution } = await engine.run({
      name: 'limit-running',
      settings: { timeout: '300ms' },
      steps: [{ id: 'slow', action: 'test.misbehave', config: { how: 'never' }, on_error: 'mend' }, noop('mend')],
    })
    expect(execution).toMatchObject({ status: 'failed', failure: { code: 'execution_timeout' } })
  })

  test('counts while it is paused as well', async () => {
    const id = await engine.start({
      name: 'limit-paused',
      settings: { timeout: '1d' },
      steps: [{ id: 'ask', ...waits }],
    })
    await engine.parked(id)
    await engine.signal(id, 'pause', { by: 'ana' })
    await until(async () => ((await engine.execution(id)).status === 'paused' ? true : undefined))
    engine.travel(24 * hourMs)
    expect((await engine.ended(id)).execution.failure).toMatchObject({ code: 'execution_timeout' })
  })
})

test('a fault of the house fails its execution with a reason, and no other', async () => {
  const parts = engine.engine.worker.parts
  const findAction = parts.findAction
  let looks = 0
  const exploding = (tenant: Parameters<typeof findAction>[0], name: string) => {
    // The gate looks at all steps before the first one begins; the fault comes when the step itself is about to.
    if (name === 'test.explode' && looks++ > 0) throw new Error('The house is at fault.')
    return findAction(tenant, name)
  }
  Object.assign(parts, { findAction: exploding })
  const bad = await engine.start({
    name: 'explode',
    steps: [noop('one'), { id: 'bad', action: 'test.explode', depends_on: ['one'] }],
  })
  const good = await engine.run({ name: 'fine', steps: [noop('one')] })
  expect(good.execution.status).toBe('completed')
  expect((await engine.ended(bad)).execution).toMatchObject({
    status: 'failed',
    failure: { code: 'internal', message: expect.stringContaining('at fault') },
  })
  Object.assign(parts, { findAction })
})
