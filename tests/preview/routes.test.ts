// What previews and test cases promise over HTTP.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { previewRoutes } from '../../src/api/routes/previews.ts'
import { workflowTestRoutes } from '../../src/api/routes/workflow-tests.ts'
import { workflowRoutes } from '../../src/api/routes/workflows.ts'
import { plain } from '../../src/cli/terminal.ts'
import { previewLines } from '../../src/cli/testing/preview-lines.ts'
import type { Principal } from '../../src/api/principal.ts'
import { hasGreenTests } from '../../src/record/test-results.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { createTestTenant, newId } from '../setup/database.ts'

const api = await openTestApi([...workflowRoutes, ...previewRoutes, ...workflowTestRoutes])
const tenant = await createTestTenant(api.database, { governed: true })
const other = await createTestTenant(api.database)
const ana = memberPrincipal(tenant, 'ana')
const order = await readFile('examples/purchase-order-approval.yaml', 'utf8')
const cases = await readFile('examples/purchase-order-approval.test.yaml', 'utf8')

async function send(method: 'GET' | 'POST' | 'PUT', url: string, payload?: object, as: Principal = ana) {
  const headers = method === 'POST' ? { 'idempotency-key': newId() } : {}
  const reply = await api.send(as, { method, url, headers, ...(payload !== undefined && { payload }) })
  return { status: reply.statusCode, body: reply.json(), etag: reply.headers['etag'] }
}

const mailing = `
name: mailing
inputs: { who: { type: string, format: email } }
steps:
  - { id: ask, action: approval.request, config: { approvers: { members: [ana@acme.example] }, summary: May it go out? } }
  - id: mail
    action: email.send
    depends_on: [ask]
    config: { to: '{{ inputs.who }}', subject: Hello, text: 'From {{ tenant.name }}' }
  - { id: who, action: approval.request, depends_on: [mail], config: { approvers: { members: ['{{ steps.mail.output.message_id }}'] } } }
`

test('a preview says what would leave, who must agree and whether they can, and what a run alone would tell', async () => {
  const { status, body } = await send('POST', '/workflows/preview', {
    source: mailing,
    inputs: { who: 'eve@x.example' },
  })
  expect(status).toBe(200)
  expect(body).toMatchObject({
    name: 'mailing',
    status: 'completed',
    sampled_inputs: [],
    impact: { class: 'C' },
    duration: { working: null, basis: null },
    totals: { steps: 3, certain: 1, depends: 2, leaving: 1, is_complete: true },
  })
  expect(body.steps[1]).toMatchObject({
    id: 'mail',
    class: 'C',
    runs: 'depends',
    when: [{ step: 'ask', about: 'answer', options: ['approved'] }],
    leaves: [{ kind: 'email', to: ['eve@x.example'], content: { subject: 'Hello', text: 'From Acme' } }],
    output_is_assumed: true,
  })
  const needed = body.approvals.map((one: Record<string, unknown>) => [one['kind'], one['step'], one['can_be_met']])
  expect(needed).toEqual([
    // Ana is the only owner or admin, and the one who asks.
    ['activation', null, false],
    ['step', 'ask', false],
    ['step', 'who', null],
  ])
  expect(body.approvals[0].acts).toEqual(['activate_workflow', 'send_emails'])
  expect(body.approvals[1].problem).toContain('made or asked for it')
  const asBen = await send('POST', '/workflows/preview', { source: mailing }, memberPrincipal(tenant, 'ben'))
  expect(asBen.body.approvals[0]).toMatchObject({ can_be_met: true, votes_needed: 1, who: [{ name: 'Ana' }] })
  expect(asBen.body.sampled_inputs).toEqual(['who'])
})

test('mocks and answers narrow the ways; a definition may come as JSON or YAML, or be one that is saved', async () => {
  const given = { inputs: { order_id: 'PO-1', amount: 62_000 }, answers: { sign_off: 'rejected' } }
  const { body } = await send('POST', '/workflows/preview', { source: order, ...given })
  const runs = Object.fromEntries(body.steps.map((step: { id: string; runs: string }) => [step.id, step.runs]))
  expect(runs).toMatchObject({ sign_off: 'certain', send: 'never', turned_down: 'certain' })
  const definition = { name: 'small', steps: [{ id: 'a', action: 'log', config: { message: 'x' } }] }
  expect((await send('POST', '/workflows/preview', { definition })).body.steps).toMatchObject([
    { runs: 'certain', class: 'A' },
  ])
  expect((await send('POST', '/workflows', { definition })).status).toBe(201)
  expect((await send('POST', '/workflows/preview', { name: 'small' })).body.name).toBe('small')
  const theirs = await send('POST', '/workflows/preview', { name: 'small' }, memberPrincipal(other))
  expect(theirs.status).toBe(404)
})

test('at the command line a preview is a table, then what leaves, who must agree and how long it takes', async () => {
  const { body } = await send('POST', '/workflows/preview', { source: mailing, inputs: { who: 'eve@x.example' } })
  const text = previewLines(body, plain, 100).join('\n')
  expect(text).toContain('mailing  class C; it usually ends completed')
  expect(text).toMatch(/STEP +ACTION +CLASS +RUNS +LEAVES +TAKES/)
  expect(text).toMatch(/ask +approval.request +A +for certain +waits up to 7d/)
  expect(text).toMatch(/mail +email.send +C +if ask is approved +email +not known yet/)
  expect(text).toContain('  mail: email to eve@x.example\n    {"subject":"Hello","text":"From Acme"}')
  expect(text).toContain(
    '  activate_workflow, send_emails (before it is active): nobody could give it\n    Nobody can reach 1 vote',
  )
  expect(text).toContain('  who (each execution): Who is asked depends on what only a run gives.')
  expect(text).toContain(
    'How long it takes is not known yet. All 5 ways were walked. Nothing was sent, written or started.',
  )
  const sampled = (await send('POST', '/workflows/preview', { source: order })).body
  expect(previewLines(sampled, plain, 40).join('\n')).toContain('Samples stand for: order_id, amount.')
})

test('a definition or inputs that do not fit are refused with every problem', async () => {
  const broken = await send('POST', '/workflows/preview', { source: 'name: x\nsteps: [{ id: a, action: lag }]' })
  expect([broken.status, broken.body.errors[0].hint]).toEqual([422, 'Did you mean `log`?'])
  const inputs = await send('POST', '/workflows/preview', { source: mailing, inputs: { who: 7 } })
  expect([inputs.status, inputs.body.errors[0].pointer]).toEqual([422, '/who'])
  expect((await send('POST', '/workflows/preview', { source: mailing, name: 'small' })).status).toBe(422)
})

const path = '/workflows/purchase-order-approval/tests'

test('cases are saved beside a workflow and run against it, and a green result holds for that content alone', async () => {
  const saved = await send('POST', '/workflows', { source: order })
  const { content_hash: hash } = saved.body
  expect((await send('GET', path)).body).toEqual({ tests: null, runs: [] })
  expect((await send('POST', path, {})).status).toBe(404)
  const put = await send('PUT', path, { source: cases })
  expect([put.status, put.body.updated_by]).toEqual([200, `member:${ana.id}`])
  expect((await send('PUT', path, { source: cases })).etag).toBe(put.etag)
  expect(await hasGreenTests(api.database.engine, tenant.id, hash)).toBe(false)
  const ran = await send('POST', path, {})
  expect(ran.body).toMatchObject({ is_kept: true, result: { green: true, passed: 5, failed: 0, content_hash: hash } })
  expect(await hasGreenTests(api.database.engine, tenant.id, hash)).toBe(true)
  expect(await hasGreenTests(api.database.engine, other.id, hash)).toBe(false)
  // Other cases have not run yet.
  await send('PUT', path, {
    source: `${cases}\n- { name: More, inputs: { order_id: a, amount: 1 }, expect: { status: failed } }\n`,
  })
  expect(await hasGreenTests(api.database.engine, tenant.id, hash)).toBe(false)
  const red = await send('POST', path, { version: 1 })
  expect(red.body.result).toMatchObject({ green: false, passed: 5, failed: 1 })
  expect(red.body.result.cases[5].differences).toEqual([{ at: '/status', expected: 'failed', got: 'completed' }])
  expect(await hasGreenTests(api.database.engine, tenant.id, hash)).toBe(false)
  const { runs } = (await send('GET', path)).body
  expect(runs.map((run: { green: boolean }) => run.green)).toEqual([false, true])
})

test('cases that are sent along are tried, and their result is not kept', async () => {
  const source = '- { name: One, inputs: { order_id: a, amount: 1 }, expect: { status: completed } }'
  const before = (await send('GET', path)).body.runs.length
  expect((await send('POST', path, { source })).body).toMatchObject({ is_kept: false, result: { green: true } })
  expect((await send('GET', path)).body.runs.length).toBe(before)
})

test('cases with a step that the workflow does not have, of another tenant, or edited meanwhile are refused', async () => {
  const unknown = await send('PUT', path, {
    source: '- { name: One, inputs: { order_id: a, amount: 1 }, expect: { never: [gone] } }',
  })
  expect([unknown.status, unknown.body.errors[0]]).toMatchObject([422, { code: 'unknown_step', line: 1 }])
  for (const method of ['GET', 'PUT', 'POST'] as const)
    expect(
      (await send(method, path, method === 'GET' ? undefined : { source: cases }, memberPrincipal(other))).status,
    ).toBe(404)
  expect((await send('POST', path, { version: 7 })).status).toBe(404)
  const stale = await api.send(ana, {
    method: 'PUT',
    url: path,
    headers: { 'if-match': '"old"' },
    payload: { source: cases },
  })
  expect(stale.statusCode).toBe(412)
})
