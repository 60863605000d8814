// Moving a waiting execution over HTTP: what would happen, what happens, and every reason why it may not.

import { afterAll, expect, test } from 'vitest'
import { executionMovesRoutes } from '../../src/api/routes/execution-moves.ts'
import { executionsRoutes } from '../../src/api/routes/executions.ts'
import { createExpressionThreads } from '../../src/engine/expressions/expression-threads.ts'
import { createStarter } from '../../src/engine/triggers/starter.ts'
import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { startTestEngine } from '../engine/engine.test-kit.ts'
import { newId } from '../setup/database.ts'

const engine = await startTestEngine()
const { evaluate, close } = createExpressionThreads({})
const api = await openTestApi([...executionsRoutes, ...executionMovesRoutes], {
  database: engine.database,
  now: engine.now,
  starter: createStarter({ database: engine.database, now: engine.now, newId, evaluate, maxPayload: 1_000_000 }),
})
afterAll(close)
const ana = memberPrincipal(engine.tenant)
const record = (id: string, more: Partial<Step> = {}): Step => ({ id, action: 'test.record', ...more })
const ask: Step = { id: 'gate', action: 'approval.request', config: { approvers: { role: 'cfo' } } }
const migrate = (id: string, body: object = {}, as = ana) =>
  api.send(as, { method: 'POST', url: `/executions/${id}/migrate`, body })
const read = async (id: string) =>
  (await api.send(ana, { method: 'GET', url: `/executions/${id}?include=steps,journal` })).json()

async function waiting(workflow: Workflow, inputs = {}): Promise<string> {
  const id = await engine.start(workflow, inputs)
  await engine.parked(id)
  return id
}
const messages = (answer: { json(): { errors: { message: string }[] } }) =>
  answer.json().errors.map(({ message }) => message)

test('a dry run says what would become of each step, and changes nothing; then it happens and both versions are shown', async () => {
  const id = await waiting({ name: 'shown', steps: [record('first'), ask, record('old', { depends_on: ['gate'] })] })
  await engine.save({
    name: 'shown',
    settings: { concurrency: { limit: 2, key: '{{ inputs.who }}' } },
    inputs: { who: { type: 'string', default: 'ana' } },
    steps: [record('first', { config: { value: 1 } }), ask, record('new', { depends_on: ['gate'] })],
  })
  const dry = await migrate(id, { dry_run: true })
  expect(dry.statusCode).toBe(200)
  const steps = [
    { step: 'first', fate: 'stays', status: 'completed', changed: true },
    { step: 'gate', fate: 'asked_anew', status: 'waiting', changed: false },
    { step: 'new', fate: 'ahead', status: null, changed: false },
    { step: 'old', fate: 'forgotten', status: 'pending', changed: false },
  ]
  expect(dry.json()).toEqual({ id, dry_run: true, from: 1, to: 2, steps })
  expect((await read(id)).versions).toEqual([1])
  const done = await migrate(id, { version: 2, reason: 'Mended.' })
  expect(done.statusCode).toBe(202)
  expect(done.json()).toEqual({ id, dry_run: false, from: 1, to: 2, steps })
  await engine.seen(id, (event) => event.type === 'execution.migrated')
  await engine.parked(id)
  const after = await read(id)
  expect(after).toMatchObject({ version: 1, versions: [1, 2] })
  const told = after.journal.find(({ type }: { type: string }) => type === 'execution.migrated')
  expect(told.data).toMatchObject({
    by: `member:${ana.id}`,
    reason: 'Mended.',
    version_id: expect.any(String),
    dropped: [],
  })
  const gate = after.steps.find(({ step }: { step: string }) => step === 'gate')
  expect(gate.attempts.map(({ status }: { status: string }) => status)).toEqual(['stopped', 'waiting'])
  const [limit] = await engine.rows(`select concurrency_limit as most from live_executions where id = $1`, [id])
  expect(limit).toEqual({ most: 2 })
  expect(messages(await migrate(id))).toEqual([`The execution ${id} runs version 2 already.`])
})

test('all reasons against it are told at once', async () => {
  const id = await waiting({ name: 'refused', steps: [record('done'), ask] })
  await engine.save({
    name: 'refused',
    inputs: { must: { type: 'string' } },
    steps: [record('ahead'), record('done', { depends_on: ['ahead'] }), ask],
  })
  const refused = await migrate(id)
  expect(refused.statusCode).toBe(409)
  expect(messages(refused)).toEqual([
    'The step "done" has settled, and the version puts "ahead" before it, which it would skip.',
    'The version cannot work with the inputs that the execution has: The input `must` is missing.',
  ])
})

test('one that has ended, a version that is not there, and an execution of others are refused', async () => {
  const { execution } = await engine.run({ name: 'over', steps: [record('a')] })
  await engine.save({ name: 'over', steps: [record('b')] })
  expect(messages(await migrate(execution.id))).toEqual([
    `The execution ${execution.id} is completed: only one that waits or is paused can be moved.`,
  ])
  expect((await migrate(execution.id, { version: 9 })).statusCode).toBe(404)
  expect((await migrate('019e5b1c-0000-7000-8000-000000000009')).statusCode).toBe(404)
  expect((await migrate(execution.id, {}, memberPrincipal(engine.tenant, 'ana', { role: 'viewer' }))).statusCode).toBe(
    403,
  )
})
