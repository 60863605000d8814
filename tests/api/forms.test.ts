// What the routes of forms promise: who is asked sees the fields, fills them in once, and hears all that does not fit.

import { beforeEach, expect, test } from 'vitest'
import type { Principal } from '../../src/api/principal.ts'
import { formsRoutes } from '../../src/api/routes/forms.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { insertForms, type NewForm } from '../../src/record/forms.ts'
import { createTestTenant, newId, type TestTenant } from '../setup/database.ts'
import { newExecution } from '../setup/executions.ts'
import { createTestTriggers } from '../setup/triggers.ts'
import { memberPrincipal, openTestApi } from './api.test-kit.ts'

const api = await openTestApi(formsRoutes)
const { database } = api
const house = createTestTriggers(database)
const hourMs = 3_600_000
let tenant: TestTenant
let executionId: string
let cleo: Principal
let dora: Principal

const request = {
  title: 'Delivery',
  instructions: 'Where to?',
  fields: {
    street: { type: 'string', minLength: 2 },
    day: { type: 'string', format: 'date', required: false },
    notes: { type: 'string', default: '' },
    lines: {
      type: 'array',
      minLength: 1,
      items: { type: 'object', properties: { sku: { type: 'string' } } },
      required: false,
    },
  },
  audience: { role: 'operator' },
}

beforeEach(async () => {
  tenant = await createTestTenant(database)
  const { workflowId, versionId } = await house.save(tenant.id, { name: 'deliver' })
  const execution = newExecution(tenant.id, { workflowId, versionId })
  await startExecutions(database.engine, [execution])
  executionId = execution.id
  cleo = memberPrincipal(tenant, 'cleo')
  dora = memberPrincipal(tenant, 'dora')
})

async function ask(given: Partial<NewForm> = {}): Promise<string> {
  const id = newId()
  const place = { tenantId: tenant.id, executionId, id, step: 'ask', item: undefined }
  const times = { expiresAt: new Date(Date.now() + hourMs), createdAt: new Date() }
  await insertForms(database.engine, [{ ...place, request, ...times, ...given }])
  return id
}

const get = (url: string, as = dora) => api.send(as, { method: 'GET', url })
const idsOf = async (query: string, as = dora): Promise<string[]> =>
  (await get(`/forms?${query}`, as)).json().items.map((item: { id: string }) => item.id)
const submit = (id: string, data: object, as = dora) =>
  api.send(as, { method: 'POST', url: `/forms/${id}/submission`, body: { data } })

test('a list shows what waits, and is cut by status, whom it asks, execution, workflow and expiry', async () => {
  const late = await ask({ expiresAt: new Date(Date.now() + 2 * hourMs) })
  const soon = await ask()
  const cfo = await ask({ request: { ...request, audience: { role: 'cfo' } }, expiresAt: undefined })
  expect((await get('/forms')).json()).toMatchObject({ items: [{ id: soon, title: 'Delivery' }, {}, {}], total: 3 })
  expect(await idsOf('mine=true')).toEqual([soon, late])
  expect(await idsOf('mine=true', cleo)).toEqual([soon, late, cfo])
  await submit(soon, { street: 'Main' })
  expect(await idsOf('status=closed&mine=true')).toEqual([soon])
  // Ids are times; those of one millisecond stand in no order.
  expect(await idsOf('status=all')).toEqual([cfo, soon, late].toSorted().toReversed())
  expect(await idsOf(`execution_id=${executionId}&workflow=deliver`)).toEqual([late, cfo])
  expect(await idsOf('workflow=pay')).toEqual([])
  expect(await idsOf('expires_before=2099-01-01T00:00:00Z')).toEqual([late])
  expect((await get('/forms?limit=1')).json()).toMatchObject({ items: [{ id: late }], total: 2 })
})

test('a form tells its fields as JSON Schema as well, and whether it asks me', async () => {
  const id = await ask()
  const seen = (await get(`/forms/${id}`)).json()
  expect(seen).toMatchObject({
    instructions: 'Where to?',
    asked: [{ name: 'Cleo' }, { name: 'Dora' }],
    may_i_submit: { allowed: true },
  })
  expect(Object.keys(seen.fields)).toEqual(['street', 'day', 'notes', 'lines'])
  expect(seen.schema).toEqual({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      street: { type: 'string', minLength: 2 },
      day: { type: 'string', format: 'date' },
      notes: { type: 'string', default: '' },
      lines: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          properties: { sku: { type: 'string' } },
          required: ['sku'],
          additionalProperties: false,
        },
      },
    },
    required: ['street'],
    additionalProperties: false,
  })
  const reasonOf = async (as: Principal) => (await get(`/forms/${id}`, as)).json().may_i_submit.reason
  expect(await reasonOf(memberPrincipal(tenant, 'ben'))).toBe('Only operator may fill in this: Cleo and Dora.')
  expect(await reasonOf({ ...dora, kind: 'agent', role: 'agent' })).toBe('Agents ask, and never decide.')
})

test('a submission is completed with defaults, and counts once', async () => {
  const id = await ask()
  const replies = await Promise.all([submit(id, { street: 'Main' }), submit(id, { street: 'Side' }, cleo)])
  expect(replies.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409])
  const won = replies.find(({ statusCode }) => statusCode === 200)
  expect(won?.json()).toMatchObject({ status: 'submitted', data: { notes: '' } })
  expect((await get(`/forms/${id}`)).json()).toMatchObject({ status: 'submitted', may_i_submit: { allowed: false } })
})

test('what does not fit is told all at once, pointing into the body', async () => {
  const reply = await submit(await ask(), { day: 'soon', colour: 'red' })
  expect(reply.statusCode).toBe(422)
  const pointers = reply.json().errors.map(({ pointer }: { pointer: string }) => pointer)
  expect(pointers.toSorted()).toEqual(['/data/colour', '/data/day', '/data/street'])
})

test('a submission is refused from an agent, from who is not asked, and from another tenant', async () => {
  const id = await ask()
  expect((await submit(id, { street: 'Main' }, memberPrincipal(tenant, 'ben'))).statusCode).toBe(403)
  expect((await submit(id, { street: 'Main' }, { ...dora, kind: 'agent', role: 'agent' })).statusCode).toBe(403)
  const stranger = memberPrincipal(await createTestTenant(database), 'dora')
  expect((await submit(id, { street: 'Main' }, stranger)).statusCode).toBe(404)
  for (const url of [`/forms/${id}`, `/forms?execution_id=${executionId}`])
    expect((await get(url, stranger)).statusCode).toBe(404)
  expect(await idsOf('status=all', stranger)).toEqual([])
})
