// What forms promise: who is asked fills one in, once, with data that fits.

import { beforeEach, describe, expect, test } from 'vitest'
import { auditOf } from '../../tests/setup/audit.ts'
import { createTestTenant, newId, openTestDatabase, type TestTenant } from '../../tests/setup/database.ts'
import { endExecution, newExecution } from '../../tests/setup/executions.ts'
import { createTestTriggers, problemOf, type TestTriggers, valueOf } from '../../tests/setup/triggers.ts'
import { operatorOf } from '../kernel/access/actor.ts'
import { asTenant } from '../record/database.ts'
import { startExecutions } from '../record/executions.ts'
import { insertForms, type NewForm } from '../record/forms.ts'
import { readSignals } from '../record/signals.ts'
import { pendingForms, submitForm, type Submission } from './forms.ts'

const database = openTestDatabase(12)
let house: TestTriggers
let tenant: TestTenant
let executionId: string
let formId: string

const request = {
  title: 'Delivery',
  fields: {
    street: { type: 'string' },
    day: { type: 'string', format: 'date' },
    notes: { type: 'string', default: '' },
  },
  audience: { role: 'operator' },
}

beforeEach(async () => {
  house = createTestTriggers(database)
  tenant = await createTestTenant(database)
  const { workflowId, versionId } = await house.save(tenant.id, { name: 'deliver' })
  const execution = newExecution(tenant.id, { workflowId, versionId })
  await startExecutions(database.engine, [execution])
  executionId = execution.id
  formId = await ask({})
})

async function ask(given: Partial<NewForm>): Promise<string> {
  const times = { expiresAt: new Date(house.now() + 60_000), createdAt: new Date(house.now()) }
  const form = {
    tenantId: tenant.id,
    executionId,
    id: newId(),
    step: 'ask',
    item: undefined,
    request,
    ...times,
    ...given,
  }
  await insertForms(database.engine, [form])
  return form.id
}

const data = { street: 'Main', day: '2026-12-01' }
const submit = (
  by: keyof TestTenant['members'] = 'dora',
  given: Partial<Submission> = {},
  { id: tenantId }: TestTenant = tenant,
) => {
  const submission = { formId, memberId: tenant.members[by].id, data, ...given }
  return asTenant(database, tenantId, (client) => submitForm(house, client, operatorOf(tenantId), submission))
}
const signals = () => readSignals(database.engine, [{ tenantId: tenant.id, executionId }])

test('a submission reaches the step with its data completed, and who it is from', async () => {
  expect(valueOf(await submit())).toEqual({ ...data, notes: '' })
  expect(await signals()).toMatchObject([
    { kind: 'form', step: 'ask', item: undefined, data: { data: { ...data, notes: '' }, by: 'dora@acme.example' } },
  ])
  formId = await ask({ item: 2 })
  valueOf(await submit())
  expect((await signals()).map(({ item }) => item)).toContain(2)
})

test('a submission is audited without what was filled in', async () => {
  valueOf(await submit())
  const member = { member_id: tenant.members.dora.id, member: 'Dora' }
  const after = { status: 'submitted', ...member, fields: ['street', 'day', 'notes'] }
  expect((await auditOf(database, tenant.id)).slice(1)).toEqual([
    {
      ...{ action: 'form.submitted', actor: 'operator', object: { type: 'form', id: formId, name: 'Delivery' } },
      ...{ before: { status: 'pending' }, after: { ...after, execution_id: executionId, step: 'ask', item: null } },
    },
  ])
})

test('data that does not fit is refused with every reason, and the form stays open', async () => {
  const result = await submit('dora', { data: { day: 'soon', colour: 'red' } })
  const pointers = result.ok ? [] : result.problems.map(({ pointer }) => pointer)
  expect(pointers.toSorted()).toEqual(['/colour', '/day', '/street'])
  expect(await signals()).toEqual([])
  valueOf(await submit())
})

test('of submissions at the same moment the first counts', async () => {
  const results = await Promise.all([submit('dora'), submit('cleo'), submit('dora'), submit('cleo')])
  expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  expect(await signals()).toHaveLength(1)
})

describe('a submission is refused', () => {
  test('for a form that does not exist, or is another tenant’s', async () => {
    expect(problemOf(await submit('dora', { formId: newId() })).code).toBe('not_found')
    const other = await createTestTenant(database)
    expect(problemOf(await submit('dora', { memberId: other.members.dora.id }, other))).toEqual({
      code: 'not_found',
      message: `There is no form ${formId}.`,
    })
  })

  test('from who is not asked, naming who is', async () => {
    expect(problemOf(await submit('ana'))).toEqual({
      code: 'forbidden',
      message: 'Only operator may fill in this: Cleo and Dora.',
    })
  })

  test('once it was submitted, or the time is up', async () => {
    valueOf(await submit())
    house.moveClock(12_000)
    expect(problemOf(await submit())).toEqual({ code: 'conflict', message: 'Submitted 12 s ago.' })
    formId = await ask({})
    house.moveClock(60_000)
    expect(problemOf(await submit())).toEqual({ code: 'conflict', message: 'Expired just now.' })
  })

  test('when its execution has ended, and the form is closed', async () => {
    await endExecution(database, executionId, 'cancelled')
    expect(problemOf(await submit())).toMatchObject({ code: 'conflict', message: /its execution has ended/ })
    expect(problemOf(await submit()).message).toBe('Cancelled with its execution just now.')
  })
})

test('pending forms come with their workflow and fields in order, those that expire first in front', async () => {
  const list = (filter = {}) => pendingForms(house, tenant.id, { limit: 10, offset: 0, ...filter })
  const endless = await ask({ expiresAt: undefined, request: { ...request, audience: { council: 'cfo' } } })
  const [first, second] = await list()
  expect([first?.id, second?.id]).toEqual([formId, endless])
  expect(first).toMatchObject({ workflow: 'deliver', status: 'pending', step: 'ask' })
  expect(JSON.stringify(first?.request)).toBe(JSON.stringify(request))
  expect((await list({ memberId: tenant.members.dora.id })).map(({ id }) => id)).toEqual([formId])
  expect((await list({ memberId: tenant.members.cleo.id })).map(({ id }) => id)).toEqual([formId, endless])
  expect(await list({ memberId: tenant.members.ana.id })).toEqual([])
  house.moveClock(60_000)
  expect((await list({ executionId })).map(({ id }) => id)).toEqual([endless])
})
