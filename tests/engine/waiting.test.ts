// Steps that wait: for a time, an event, a callback, a form, an approval. What waits is parked and costs no memory.

import { describe, expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { findEventWaits } from '../../src/record/event-waits.ts'
import { inShort, startTestEngine, until } from './engine.test-kit.ts'
import { holdAnswer } from './lost-answers.ts'
import { behave, Gate } from './test-pack.ts'

const engine = await startTestEngine()
const dayMs = 24 * 3_600_000

const waiting = (step: Partial<Step>) => ({
  name: 'waiting',
  steps: [{ id: 'wait', action: 'test.act', ...step }],
  output: { outcome: '{{ steps.wait.outcome }}', output: '{{ steps.wait.output }}' },
})
const approval = {
  action: 'approval.request',
  config: { approvers: { role: 'cfo' }, expires_in: '2d', summary: 'Buy it?' },
}

interface Asked {
  id: string
  status: string
}
const asked = (id: string, table: 'approvals' | 'forms' = 'approvals') =>
  engine.rows<Asked>(`select id, status from ${table} where execution_id = $1 order by created_at, id`, [id])
const pendingOf = (id: string, table?: 'approvals' | 'forms') =>
  until(async () => (await asked(id, table)).find((row) => row.status === 'pending')?.id)

describe('a delay', () => {
  test('of a moment is waited for in place', async () => {
    const { events } = await engine.run(waiting({ action: 'delay', config: { for: '20ms' } }))
    expect(inShort(events)).toEqual(['waiting wait', 'completed wait', 'ended'])
  })

  test('of days parks the execution until its time, and then it goes on', async () => {
    const id = await engine.start(waiting({ action: 'delay', config: { for: '30d' } }))
    const { runnableAt } = await engine.parked(id)
    const [event] = await engine.events(id)
    expect(event).toMatchObject({ type: 'step.waiting', wait: { on: 'timer', until: runnableAt?.getTime() } })
    engine.travel(30 * dayMs)
    const { execution } = await engine.ended(id)
    expect(execution.output).toMatchObject({ outcome: 'completed', output: { until: runnableAt?.toISOString() } })
  })
})

describe('an event', () => {
  const forInvoice = {
    action: 'wait_for_event',
    config: { event: 'invoice.paid', match: { invoice: '{{ trigger.invoice }}' } },
  }
  const find = (invoice: number) =>
    findEventWaits(engine.database.engine, engine.tenant.id, 'invoice.paid', { invoice, cents: 5 })

  test('that matches wakes the step that waits for it, and no other', async () => {
    const id = await engine.start(waiting(forInvoice), { invoice: 7 })
    await engine.parked(id)
    expect(await find(8)).toEqual([])
    expect(await find(7)).toEqual([{ executionId: id, step: 'wait', item: undefined }])
    await engine.signal(id, 'event', { event: 'invoice.paid', id: 'e1', data: { cents: 5 } }, 'wait')
    const { execution } = await engine.ended(id)
    expect(execution.output).toMatchObject({ output: { event: 'invoice.paid', id: 'e1', data: { cents: 5 } } })
    expect(await find(7)).toEqual([])
  })

  test('of another type than the one waited for is dropped', async () => {
    const id = await engine.start(waiting(forInvoice), { invoice: 9 })
    await engine.parked(id)
    await engine.signal(id, 'event', { event: 'invoice.sent', id: 'e1', data: {} }, 'wait')
    await until(async () => ((await pendingSignals(id)) === 0 ? true : undefined))
    expect((await engine.parked(id)).status).toBe('waiting')
    expect(await find(9)).toHaveLength(1)
  })

  test('that never comes expires the step, and its subscription goes', async () => {
    const config = { ...forInvoice.config, expires_in: '3d' }
    const id = await engine.start(waiting({ ...forInvoice, config }), { invoice: 11 })
    await engine.parked(id)
    engine.travel(3 * dayMs)
    expect((await engine.ended(id)).execution.output).toMatchObject({ outcome: 'expired' })
    expect(await find(11)).toEqual([])
  })
})

const pendingSignals = async (id: string) =>
  (
    await engine.rows<{ pending_signals: number }>(`select pending_signals from execution_states where id = $1`, [id])
  )[0]?.pending_signals

describe('a callback', () => {
  const echo = {
    run: async () => ({ wait: { on: 'callback' as const }, memo: 'remembered' }),
    resume: async (_context: unknown, signal: { kind: string; data?: unknown }, memo: unknown) => ({
      output: [signal.kind, signal.kind === 'callback' ? String(signal.data) : null, String(memo)],
    }),
  }
  behave('echo', echo)

  test('brings its data, and what the step remembered comes back', async () => {
    const id = await engine.start(waiting({ config: { as: 'echo' } }))
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 'hello' }, 'wait')
    expect((await engine.ended(id)).execution.output).toMatchObject({ output: ['callback', 'hello', 'remembered'] })
  })

  test('that comes before the step waits for it is kept until it does', async () => {
    const gate = new Gate()
    behave('slow to wait', { ...echo, run: async () => gate.enter().then(echo.run) })
    const id = await engine.start(waiting({ config: { as: 'slow to wait' } }))
    await gate.crowd(1)
    await engine.signal(id, 'callback', { data: 'early' }, 'wait')
    await engine.engine.worker.fetchSignals()
    gate.open()
    expect((await engine.ended(id)).execution.output).toMatchObject({ output: ['callback', 'early', 'remembered'] })
  })

  test('for a step that has not begun is kept until it waits', async () => {
    const id = await engine.start({
      name: 'early',
      steps: [
        { id: 'first', action: 'test.act', config: { as: 'echo' } },
        { id: 'wait', action: 'test.act', config: { as: 'echo' }, depends_on: ['first'] },
      ],
      output: '{{ steps.wait.output }}',
    })
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 'for later' }, 'wait')
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 'now' }, 'first')
    expect((await engine.ended(id)).execution.output).toEqual(['callback', 'for later', 'remembered'])
  })

  test('for a step that does not exist, or has settled, comes to nothing', async () => {
    const id = await engine.start(waiting({ config: { as: 'echo' } }))
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 1 }, 'no_such_step')
    await engine.signal(id, 'callback', 'not even an object', 'wait')
    await until(async () => ((await pendingSignals(id)) === 0 ? true : undefined))
    await engine.signal(id, 'callback', { data: 'real' }, 'wait')
    await engine.ended(id)
    expect(await engine.signal(id, 'callback', { data: 'late' }, 'wait')).toBe(false)
  })

  test('is taken once, although the database is asked again while it is being taken in', async () => {
    const gate = new Gate()
    let resumed = 0
    behave('twice', {
      run: echo.run,
      resume: async () => {
        resumed++
        if (resumed > 1) return { output: resumed }
        await gate.enter()
        return { wait: { on: 'callback' } }
      },
    })
    const id = await engine.start(waiting({ config: { as: 'twice' } }))
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 1 }, 'wait')
    await gate.crowd(1)
    await engine.engine.worker.fetchSignals()
    gate.open()
    await engine.parked(id)
    expect(resumed).toBe(1)
    await engine.signal(id, 'callback', { data: 2 }, 'wait')
    expect((await engine.ended(id)).execution.output).toMatchObject({ output: 2 })
  })

  test('is taken once, although an old answer of the database tells of it after it was taken in', async () => {
    const gate = new Gate()
    const taken: unknown[] = []
    behave('counts', {
      run: echo.run,
      resume: async (_context, signal) => {
        taken.push(signal.kind === 'callback' ? signal.data : signal.kind)
        await gate.enter()
        return taken.length < 3 ? { wait: { on: 'callback' } } : { output: null }
      },
    })
    const id = await engine.start(waiting({ config: { as: 'counts' } }))
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 1 }, 'wait')
    await gate.crowd(1)
    const old = holdAnswer(engine.database.engine, 'read_owned_signals')
    const fetched = engine.engine.worker.fetchSignals()
    await old.done
    gate.open('for one')
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 2 }, 'wait')
    await until(() => (taken.length === 2 ? true : undefined))
    old.release()
    await fetched
    gate.open('for one')
    await engine.parked(id)
    expect(taken).toEqual([1, 2])
    await engine.signal(id, 'callback', { data: 3 }, 'wait')
    gate.open()
    await engine.ended(id)
    expect(taken).toEqual([1, 2, 3])
  })

  test('whose step keeps waiting is used up', async () => {
    behave('picky', {
      run: echo.run,
      resume: async (_context, signal) =>
        signal.kind === 'callback' && signal.data === 'yes' ? { output: 'yes' } : 'keep waiting',
    })
    const id = await engine.start(waiting({ config: { as: 'picky' } }))
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 'no' }, 'wait')
    await until(async () => ((await pendingSignals(id)) === 0 ? true : undefined))
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 'yes' }, 'wait')
    expect((await engine.ended(id)).execution.output).toMatchObject({ output: 'yes' })
  })

  test('that makes its step fail is used up, and does not come again for the next attempt', async () => {
    behave('touchy', {
      run: echo.run,
      resume: async (_context, signal) => {
        if (signal.kind === 'callback' && signal.data === 'bad') throw new Error('That was bad.')
        return { output: 'good' }
      },
    })
    const id = await engine.start(waiting({ config: { as: 'touchy' }, retry: { attempts: 2, initial: '1ms' } }))
    await engine.parked(id)
    await engine.signal(id, 'callback', { data: 'bad' }, 'wait')
    await engine.seen(id, (event) => event.type === 'step.waiting' && event.attempt === 2)
    await engine.parked(id)
    expect(await pendingSignals(id)).toBe(0)
    await engine.signal(id, 'callback', { data: 'good' }, 'wait')
    expect(inShort((await engine.ended(id)).events)).toEqual([
      'waiting wait',
      'retrying wait',
      'waiting wait',
      'completed wait',
      'ended',
    ])
  })
})

test('a wait ends at the timeout of its step, when that comes before its own end', async () => {
  const id = await engine.start(waiting({ ...approval, timeout: '1d', on_timeout: 'later', retry: { attempts: 1 } }))
  await engine.parked(id)
  engine.travel(dayMs)
  const { execution } = await engine.ended(id)
  expect(execution).toMatchObject({ status: 'failed', failure: { code: 'step_timeout' } })
  expect((await asked(id)).map((row) => row.status)).toEqual(['expired'])
})

describe('an approval', () => {
  test.each(['approved', 'rejected'] as const)(
    'is asked for in a record of its own, and %s is its outcome',
    async (decision) => {
      const id = await engine.start(waiting(approval))
      const ref = await pendingOf(id)
      expect((await engine.parked(id)).status).toBe('waiting')
      await engine.signal(id, 'approval', { ref, decision, votes: [{ by: 'cleo' }] }, 'wait')
      const { execution } = await engine.ended(id)
      expect(execution.output).toEqual({ outcome: decision, output: { decision, votes: [{ by: 'cleo' }] } })
    },
  )

  test('that nobody decides in time expires, and so does its record', async () => {
    const id = await engine.start(waiting(approval))
    await engine.parked(id)
    engine.travel(2 * dayMs)
    expect((await engine.ended(id)).execution.output).toMatchObject({ outcome: 'expired' })
    expect((await asked(id)).map((row) => row.status)).toEqual(['expired'])
  })

  test('decides only the request that it was asked for: a decision on an older one of the same step is dropped', async () => {
    const again = { timeout: '1d', retry: { attempts: 2, initial: '1ms' } }
    const id = await engine.start(waiting({ ...approval, ...again }))
    const stale = await pendingOf(id)
    await engine.parked(id)
    engine.travel(dayMs)
    await engine.seen(id, (event) => event.type === 'step.waiting' && event.attempt === 2)
    await engine.parked(id)
    await engine.signal(id, 'approval', { ref: stale, decision: 'approved', votes: [] }, 'wait')
    await until(async () => ((await pendingSignals(id)) === 0 ? true : undefined))
    expect((await engine.parked(id)).status).toBe('waiting')
    await engine.signal(id, 'approval', { decision: 'approved', votes: [] }, 'wait')
    await until(async () => ((await pendingSignals(id)) === 0 ? true : undefined))
    expect((await engine.parked(id)).status).toBe('waiting')
    await engine.signal(id, 'approval', { ref: await pendingOf(id), decision: 'rejected', votes: [] }, 'wait')
    expect((await engine.ended(id)).execution.output).toMatchObject({ outcome: 'rejected' })
    expect((await asked(id)).map((row) => row.status)).toEqual(['expired', 'pending'])
  })

  test('in a for_each is one request for each item', async () => {
    const id = await engine.start({ name: 'each', steps: [{ id: 'wait', ...approval, for_each: { items: [1, 2] } }] })
    await engine.parked(id)
    const rows = await engine.rows<{ id: string; item: number }>(
      `select id, item from approvals where execution_id = $1`,
      [id],
    )
    expect(rows.map((row) => row.item).toSorted()).toEqual([0, 1])
    for (const row of rows)
      await engine.signal(id, 'approval', { ref: row.id, decision: 'approved', votes: [] }, 'wait', row.item)
    expect((await engine.ended(id)).execution.status).toBe('completed')
  })
})

test('a form brings what a person filled in, and who did', async () => {
  const form = {
    action: 'form.request',
    config: { title: 'Where to?', fields: { street: { type: 'string' } }, audience: { role: 'operator' } },
  }
  const id = await engine.start(waiting(form))
  const ref = await pendingOf(id, 'forms')
  await engine.parked(id)
  await engine.signal(id, 'form', { ref: engine.tenant.id, data: { street: 'Old' }, by: 'ben' }, 'wait')
  await engine.signal(id, 'form', { ref, data: { street: 'High' }, by: 'dora' }, 'wait')
  expect((await engine.ended(id)).execution.output).toEqual({
    outcome: 'submitted',
    output: { data: { street: 'High' }, by: 'dora' },
  })
})

test('five hundred executions that wait for approvals cost their worker no memory', async () => {
  const ids = await engine.startMany(
    waiting(approval),
    Array.from({ length: 500 }, () => ({})),
  )
  await until(async () => {
    const [row] = await engine.rows<{ count: number }>(
      `select count(*)::integer as count from live_executions where id = any($1) and status = 'waiting' and worker_id is null`,
      [ids],
    )
    return row?.count === 500 ? true : undefined
  })
  expect(engine.engine.worker.ownedCount).toBe(0)
  const requests = await engine.rows<{ execution_id: string; id: string }>(
    `select execution_id, id from approvals where execution_id = any($1)`,
    [ids],
  )
  await Promise.all(
    requests.map((row) =>
      engine.signal(row.execution_id, 'approval', { ref: row.id, decision: 'approved', votes: [] }, 'wait'),
    ),
  )
  expect(await engine.allEnded(ids)).toEqual({ completed: 500 })
  expect(engine.engine.worker.ownedCount).toBe(0)
})
