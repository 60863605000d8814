// What an execution shows of itself while a real engine runs it: its steps, why it waits, its journal, its metrics and votes.

import { expect, test } from 'vitest'
import { approvalsRoutes } from '../../src/api/routes/approvals.ts'
import { executionJournalRoutes } from '../../src/api/routes/execution-journal.ts'
import { executionMovesRoutes } from '../../src/api/routes/execution-moves.ts'
import { executionsRoutes } from '../../src/api/routes/executions.ts'
import { formsRoutes } from '../../src/api/routes/forms.ts'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import { startTestEngine } from '../engine/engine.test-kit.ts'
import { createTestTenant } from '../setup/database.ts'
import { memberPrincipal, openTestApi } from './api.test-kit.ts'

const engine = await startTestEngine()
const routes = [
  ...executionsRoutes,
  ...executionMovesRoutes,
  ...executionJournalRoutes,
  ...approvalsRoutes,
  ...formsRoutes,
]
const api = await openTestApi(routes, { database: engine.database, now: engine.now })
const ana = memberPrincipal(engine.tenant)
const ben = memberPrincipal(engine.tenant, 'ben')
const read = async (id: string, include = 'steps,journal,metrics,votes') =>
  (await api.send(ana, { method: 'GET', url: `/executions/${id}?include=${include}` })).json()
const get = async (url: string, as = ana) => (await api.send(as, { method: 'GET', url })).json()
const post = (url: string, body: object, as = ana) => api.send(as, { method: 'POST', url, body })

const log = (id: string, more: Partial<Step> = {}): Step => ({ id, action: 'log', config: { message: 'hi' }, ...more })
const signOff: Step = {
  id: 'sign_off',
  title: 'Finance signs off',
  action: 'approval.request',
  config: {
    approvers: { role: 'finance_manager' },
    quorum: 2,
    summary: 'Pay {{ inputs.amount }}',
    details: { sum: 7 },
  },
}
const flaky = (key: string, failures: number): Step => ({
  id: 'risky',
  action: 'test.flaky',
  config: { key, failures },
  retry: { attempts: 2, initial: '1ms', jitter: false },
})

test('an execution waits for people, says so, and goes on when they have decided', async () => {
  const id = await engine.start(
    { name: 'pay', steps: [log('first'), { ...signOff, depends_on: ['first'] }] },
    { amount: 5 },
  )
  await engine.parked(id)
  const waiting = await read(id)
  const [first, gate] = waiting.steps
  expect(waiting.status).toBe('waiting')
  expect(waiting.waiting_for).toMatch(/^approval by finance_manager until \S+ \(sign_off\)$/)
  expect(first).toMatchObject({ step: 'first', status: 'completed', outcome: 'completed', config: { message: 'hi' } })
  expect(first.attempts).toMatchObject([{ attempt: 1, status: 'completed', failure: null }])
  expect(gate).toMatchObject({
    title: 'Finance signs off',
    status: 'waiting',
    wait: { on: 'approval', ref: gate.approval_id },
  })

  const approval = await get(`/approvals/${gate.approval_id}`)
  expect(approval).toMatchObject({
    execution_id: id,
    workflow: 'pay',
    summary: 'Pay 5',
    details: { sum: 7 },
    asked: [{ name: 'Ana' }, { name: 'Ben' }],
    needed: 2,
    missing: 2,
    may_i_decide: { allowed: true, reason: null },
  })
  const vote = { decision: 'approve', comment: 'Fine.' }
  expect((await post(`/approvals/${approval.id}/decision`, vote)).json()).toEqual({
    status: 'pending',
    approvals: 1,
    needed: 2,
  })
  expect((await read(id, '')).waiting_for).toMatch(/finance_manager, 1 given/)
  expect((await post(`/approvals/${approval.id}/decision`, vote, ben)).json().status).toBe('approved')
  await engine.ended(id)

  const ended = await read(id)
  expect(ended).toMatchObject({
    status: 'completed',
    waiting_for: null,
    votes: [
      { step: 'sign_off', member: { name: 'Ana' }, vote: 'approve', reason: 'Fine.', channel: 'api' },
      { member: { name: 'Ben' } },
    ],
  })
  expect(ended.steps[1]).toMatchObject({ status: 'completed', outcome: 'approved', wait: null })
  expect(ended.steps[1].attempts).toMatchObject([{ status: 'completed', waits: [{ on: 'approval' }] }])
  expect(ended.metrics).toMatchObject({ attempts: 2, steps: { completed: 2 } })
  expect(ended.metrics.waiting_ms).toBeGreaterThan(0)
  expect((await get(`/executions/${id}/votes?limit=1`)).total).toBe(2)
  expect((await get(`/executions/${id}/votes?limit=1&offset=1`)).items).toMatchObject([{ member: { name: 'Ben' } }])
})

test('the journal is read page by page, in order, to its end', async () => {
  const { execution } = await engine.run({ name: 'three', steps: [log('a'), log('b'), log('c')] })
  const { journal } = await read(execution.id)
  const pages = [
    await get(`/executions/${execution.id}/journal?limit=3`),
    await get(`/executions/${execution.id}/journal?limit=3&offset=3`),
  ]
  expect(pages.flatMap(({ items }) => items)).toEqual(journal)
  expect(journal.map(({ seq, type }: { seq: number; type: string }) => `${seq} ${type}`)).toEqual([
    '1 step.completed',
    '2 step.completed',
    '3 step.completed',
    '4 execution.ended',
  ])
  expect(pages[1]).toMatchObject({ total: 4, limit: 3, offset: 3 })
})

test('attempts keep their errors, and a retry with a mended version goes on with it', async () => {
  const broken = { name: 'mend', steps: [log('before'), { ...flaky('mend', 9), depends_on: ['before'] }] }
  const { execution } = await engine.run(broken)
  const failed = await read(execution.id)
  expect(failed).toMatchObject({ status: 'failed', failure: { code: 'http_failed' }, versions: [1] })
  expect(failed.steps[1].attempts).toMatchObject([
    { attempt: 1, status: 'retrying' },
    { attempt: 2, status: 'failed' },
  ])
  expect(failed.steps[1].attempts[0].failure.message).not.toBe('')

  await engine.save({
    ...broken,
    steps: [log('before'), log('risky', { depends_on: ['before'] }), log('after', { depends_on: ['risky'] })],
  })
  const unknown = await post(`/executions/${execution.id}/retry`, { steps: ['after'] })
  expect(unknown.json().errors).toMatchObject([{ code: 'unknown_step' }])
  const reply = await post(`/executions/${execution.id}/retry`, { version: 'current', reason: 'Mended.' })
  expect(reply.statusCode).toBe(202)
  await engine.ended(execution.id)
  const mended = await read(execution.id)
  expect(mended).toMatchObject({ status: 'completed', version: 1, versions: [1, 2] })
  expect(mended.steps.map(({ step, status }: { step: string; status: string }) => `${step} ${status}`)).toEqual([
    'before completed',
    'risky completed',
    'after completed',
  ])
  expect(mended.steps[1].attempts).toHaveLength(3)
  const retried = mended.journal.find(({ type }: { type: string }) => type === 'execution.retried')
  expect(retried.data).toMatchObject({ by: `member:${ana.id}`, version_id: expect.any(String) })
})

test('of one that has ended what is told is what the tables say now, however often it was asked for before', async () => {
  const fails = { name: 'fails', steps: [flaky('kept', 3)] }
  const id = await engine.start(fails, {}, { startedBy: `member:${ana.id}` })
  await engine.ended(id)
  const first = await read(id, 'steps')
  expect(await read(id, 'steps')).toEqual(first)
  expect(first).toMatchObject({ status: 'failed', started_by: { name: 'Ana' } })
  await engine.database.engine.query(`update members set name = 'Anna' where tenant_id = $1 and id = $2`, [
    engine.tenant.id,
    ana.id,
  ])
  expect(await read(id, 'steps')).toEqual({ ...first, started_by: { ...first.started_by, name: 'Anna' } })
  expect((await post(`/executions/${id}/retry`, {})).statusCode).toBe(202)
  await engine.ended(id)
  const retried = await read(id, 'steps')
  expect([retried.status, retried.steps[0].attempts.length]).toEqual(['completed', 4])
  const stranger = memberPrincipal(await createTestTenant(engine.database))
  expect((await api.send(stranger, { method: 'GET', url: `/executions/${id}?include=steps` })).statusCode).toBe(404)
})

test('items of a for_each have runs of their own', async () => {
  const each = { items: '{{ [1, 2, 3] }}' }
  const { execution } = await engine.run({ name: 'each', steps: [log('one', { for_each: each })] })
  const { steps } = await read(execution.id)
  expect(steps[0]).toMatchObject({ status: 'completed', items_total: 3 })
  expect(
    steps[0].items.map(({ item, value, status }: { item: number; value: number; status: string }) => [
      item,
      value,
      status,
    ]),
  ).toEqual([
    [0, 1, 'completed'],
    [1, 2, 'completed'],
    [2, 3, 'completed'],
  ])
  expect(steps[0].ended_at >= steps[0].started_at).toBe(true)
})

test('a child is found from its parent and back; nobody learns the token of a callback', async () => {
  await engine.save({ name: 'child', steps: [{ id: 'hold', action: 'callback.wait' }] })
  const id = await engine.start({
    name: 'parent',
    steps: [{ id: 'run', action: 'workflow.run', config: { workflow: 'child' } }],
  })
  await engine.parked(id)
  const parent = await read(id)
  const [childId] = parent.children
  expect(parent.waiting_for).toBe(`the child execution ${childId} (run)`)
  expect(parent.steps[0].child_execution_id).toBe(childId)
  expect((await get(`/executions?parent_id=${id}`)).items).toMatchObject([{ id: childId, parent_id: id }])
  await engine.parked(childId)
  const child = await read(childId)
  expect(child.parent).toEqual({ id, step: 'run', item: null })
  expect(child.waiting_for).toMatch(/^a callback.*\(hold\)$/)
  expect(child.steps[0].wait).toMatchObject({ on: 'callback', ref: null })
  expect(child.journal.at(-1)?.data.wait.ref).toBeNull()
})

test('pauses, timers, events, forms and retries to come are named as what it waits for', async () => {
  const sayOf = async (name: string, step: Partial<Step>) => {
    const id = await engine.start({ name, steps: [{ id: 'hold', action: 'log', ...step }] })
    await engine.parked(id)
    return [id, (await read(id, '')).waiting_for] as const
  }
  const fields = { day: { type: 'string' } }
  const form = { title: 'Day', fields, audience: { role: 'operator' } }
  const later = { retry: { attempts: 2, initial: '1h' } } as const
  const [id, timer] = await sayOf('later', { action: 'delay', config: { for: '1h' } })
  expect(timer).toMatch(/^\d{4}-\S+Z \(hold\)$/)
  expect((await sayOf('told', { action: 'wait_for_event', config: { event: 'order.paid' } }))[1]).toMatch(
    /^the event order.paid/,
  )
  expect((await sayOf('filled', { action: 'form.request', config: form }))[1]).toMatch(/^a form to be filled in/)
  expect((await sayOf('again', { ...flaky('again', 1), ...later, id: 'hold' }))[1]).toMatch(
    /^attempt 2 at \S+ \(hold\), after: /,
  )
  await post(`/executions/${id}/pause`, { reason: 'Wait.' })
  await engine.seen(id, ({ type }) => type === 'execution.paused')
  expect((await read(id, '')).waiting_for).toBe('somebody to resume it')
})
