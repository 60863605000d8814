// What saving and activating a workflow does under a policy.

import { expect, test } from 'vitest'
import { asTenant } from '../../src/record/database.ts'
import { newId } from '../setup/database.ts'
import {
  actionsOf,
  create,
  critical,
  governedTenant,
  harmless,
  openGovernedApi,
  patch,
  principal,
  read,
  replace,
  vote,
  withdraw,
  type Governed,
} from './governed-house.ts'

const api = await openGovernedApi()

const activate = (tenant: Governed, name: string, as: 'ben' | 'ana' = 'ben') =>
  api.send(principal(tenant, as), { method: 'POST', url: `/workflows/${name}/activate` })

const switchOff = (tenant: Governed, name: string) =>
  api.send(principal(tenant, 'ben'), { method: 'POST', url: `/workflows/${name}/deactivate` })

const start = (tenant: Governed, name: string) =>
  api.send(principal(tenant), { method: 'POST', url: `/workflows/${name}/executions`, payload: {} })

async function approvalsOf(tenant: Governed, columns: string): Promise<unknown[]> {
  const { rows } = await api.database.engine.query<Record<string, unknown>>(
    `select ${columns} from approvals where tenant_id = $1 order by id`,
    [tenant.id],
  )
  return rows
}

test('what is of class A is active at once, and nobody is asked', async () => {
  const tenant = await governedTenant(api)
  expect(await create(api, tenant, harmless('greet'))).toMatchObject({
    status: 'active',
    impact: { class: 'A' },
    activation: { state: 'not_needed', acts: [], approval_id: null },
  })
  expect((await start(tenant, 'greet')).statusCode).toBe(201)
})

test('what is of class B is active at once, and the audit says its class', async () => {
  const tenant = await governedTenant(api)
  await patch(api, tenant, { raised: { log: 'B' } })
  expect(await create(api, tenant, harmless('greet'))).toMatchObject({ status: 'active', impact: { class: 'B' } })
  const { rows } = await api.database.engine.query(
    `select after ->> 'impact' as impact from audit_entries where tenant_id = $1 and action = 'workflow.created'`,
    [tenant.id],
  )
  expect(rows).toEqual([{ impact: 'B' }])
})

test('what is of class C is saved inactive, waits for one approval of all its acts, and starts once it is given', async () => {
  const tenant = await governedTenant(api)
  const mail = { id: 'mail', action: 'email.send', config: { to: 'a@x.example', subject: 'Hi', text: 'Hi' } }
  const definition = critical('nightly', { trigger: { every: '1h' } })
  const saved = await create(api, tenant, { ...definition, steps: [...definition.steps, mail] })
  const acts = ['activate_workflow', 'enable_schedule', 'send_emails']
  expect(saved).toMatchObject({ status: 'inactive', impact: { class: 'C' }, activation: { state: 'pending', acts } })
  const { approval_id: id } = saved.activation
  expect(await read(api, tenant, 'nightly')).toMatchObject({
    status: 'inactive',
    activation: saved.activation,
    triggers: [{ enabled: false }],
  })
  const early = await start(tenant, 'nightly')
  expect(early.statusCode).toBe(409)
  expect(early.json().detail).toContain(`waits for approval ${id} by owner or admin`)
  expect(await approvalsOf(tenant, 'id, acts, summary, impact, requested_by, author')).toEqual([
    {
      ...{ id, acts, impact: 'C' },
      summary: '"nightly", version 1: activate it, switch on its schedule and let it send e-mails',
      ...{ requested_by: `member:${tenant.members.ben.id}`, author: `member:${tenant.members.ben.id}` },
    },
  ])
  expect(await vote(api, tenant, id, 'ana')).toMatchObject({ ok: true, value: { status: 'approved' } })
  expect(await read(api, tenant, 'nightly')).toMatchObject({
    status: 'active',
    activation: { state: 'granted', approval_id: null },
    triggers: [{ enabled: true }],
  })
  expect((await start(tenant, 'nightly')).statusCode).toBe(201)
  expect(await actionsOf(api, tenant)).toEqual([
    ...['workflow.created', 'approval.requested'],
    ...['approval.voted', 'approval.approved', 'grant.given', 'workflow.activated'],
  ])
})

test('acts that other people decide on are asked for one by one, and the schedule waits for its own', async () => {
  const tenant = await governedTenant(api)
  const finance = { approvers: { role: 'finance_manager' }, quorum: 1 }
  const asked = await patch(api, tenant, { classes: { C: { schedule: finance } } })
  await vote(api, tenant, asked.json().pending_change.approval_id, 'second')
  const saved = await create(api, tenant, critical('nightly', { trigger: { every: '1h' } }), 'second')
  const [first, second] = saved.activation.approval_ids
  expect(saved.activation.approval_ids).toHaveLength(2)
  await vote(api, tenant, first, 'ana')
  expect(await read(api, tenant, 'nightly')).toMatchObject({
    status: 'active',
    activation: { state: 'pending', approval_ids: [second] },
    triggers: [{ enabled: false }],
  })
  await vote(api, tenant, second, 'ben')
  expect(await read(api, tenant, 'nightly')).toMatchObject({
    activation: { state: 'granted' },
    triggers: [{ enabled: true }],
  })
})

test('whoever built it may not approve it; where nobody else may, it is stored and the answer says why nobody is asked', async () => {
  const tenant = await governedTenant(api)
  const { activation } = await create(api, tenant, critical('post'), 'ana')
  expect(await vote(api, tenant, activation.approval_id, 'ana')).toMatchObject({ ok: false })
  await asTenant(api.database, tenant.id, (client) =>
    client.query('update members set removed_at = now() where tenant_id = $1 and id = $2', [
      tenant.id,
      tenant.second.id,
    ]),
  )
  const alone = await create(api, tenant, critical('other'), 'ana')
  expect(alone).toMatchObject({ status: 'inactive', activation: { state: 'needed', approval_id: null } })
  expect(alone.activation.approval_problem).toContain('Nobody can reach 1 vote')
  const refused = await activate(tenant, 'other', 'ana')
  expect(refused.statusCode).toBe(422)
  expect(refused.json()).toMatchObject({ code: 'unreachable_quorum' })
})

test('a new version makes it inactive until it is countersigned, voids what was asked for the old one, and revokes nothing', async () => {
  const tenant = await governedTenant(api)
  const first = await create(api, tenant, critical('post'))
  await vote(api, tenant, first.activation.approval_id, 'ana')
  const second = await replace(api, tenant, critical('post', { title: 'Second' }))
  expect(second).toMatchObject({ status: 'inactive', version: 2, activation: { state: 'pending' } })
  const third = await replace(api, tenant, critical('post', { title: 'Third' }))
  expect(third).toMatchObject({ status: 'inactive', version: 3, activation: { state: 'pending' } })
  expect(await vote(api, tenant, second.activation.approval_id, 'ana')).toMatchObject({ ok: false })
  expect(await approvalsOf(tenant, 'status, closed_reason')).toEqual([
    { status: 'approved', closed_reason: null },
    { status: 'void', closed_reason: 'Version 3 was saved.' },
    { status: 'pending', closed_reason: null },
  ])
  const { rows } = await api.database.engine.query('select from grants where tenant_id = $1 and revoked_at is null', [
    tenant.id,
  ])
  expect(rows).toHaveLength(1)
})

test('content that is countersigned already is active at once, as a later version too', async () => {
  const tenant = await governedTenant(api)
  const first = await create(api, tenant, critical('post'))
  await vote(api, tenant, first.activation.approval_id, 'ana')
  await replace(api, tenant, critical('post', { title: 'Second' }))
  const back = await replace(api, tenant, critical('post'))
  expect(back).toMatchObject({ status: 'active', version: 3, activation: { state: 'granted' } })
  const again = await create(api, tenant, critical('post'))
  expect(again).toMatchObject({ is_new: false, status: 'active', activation: { state: 'granted' } })
})

test('another version of a workflow that it starts makes its approval void, with the difference', async () => {
  const tenant = await governedTenant(api)
  await create(api, tenant, harmless('child'))
  const steps = [...critical('x').steps, { id: 'run', action: 'workflow.run', config: { workflow: 'child' } }]
  const parent = await create(api, tenant, { name: 'parent', steps })
  await replace(api, tenant, harmless('child', { title: 'Other' }))
  const state = await read(api, tenant, 'parent')
  expect(state.activation).toMatchObject({ state: 'void', approval_id: null })
  expect(state.activation.difference).toContain('"child" that it starts went from version 1 to version 2')
  expect(await vote(api, tenant, parent.activation.approval_id, 'ana')).toMatchObject({ ok: false })
  const asked = await activate(tenant, 'parent')
  expect(asked.statusCode).toBe(202)
  await vote(api, tenant, asked.json().activation.approval_id, 'ana')
  expect(await read(api, tenant, 'parent')).toMatchObject({ status: 'active', activation: { state: 'granted' } })
  await replace(api, tenant, harmless('child', { title: 'Third' }))
  expect((await read(api, tenant, 'parent')).activation).toMatchObject({ state: 'void' })
})

test('activating by hand asks anew where what waits is of other content, and closes that', async () => {
  const tenant = await governedTenant(api)
  await create(api, tenant, harmless('child'))
  const steps = [...critical('x').steps, { id: 'run', action: 'workflow.run', config: { workflow: 'child' } }]
  const { activation } = await create(api, tenant, { name: 'parent', steps })
  await replace(api, tenant, harmless('child', { title: 'Other' }))
  const asked = (await activate(tenant, 'parent')).json().activation
  expect(asked).toMatchObject({ state: 'pending' })
  expect(asked.approval_id).not.toBe(activation.approval_id)
  expect(await approvalsOf(tenant, 'status')).toEqual([{ status: 'void' }, { status: 'pending' }])
})

test('activating by hand asks where nobody was asked, names what waits, and asks anew after a no', async () => {
  const tenant = await governedTenant(api)
  const definition = critical('post')
  const saved = await api.send(principal(tenant, 'ben'), {
    ...{ method: 'POST', url: '/workflows', payload: { definition, status: 'inactive' } },
  })
  expect(saved.json()).toMatchObject({ status: 'inactive', activation: { state: 'needed', approval_problem: null } })
  const first = await activate(tenant, 'post')
  expect(first.statusCode).toBe(202)
  const { approval_id: id } = first.json().activation
  expect((await activate(tenant, 'post')).json().activation.approval_id).toBe(id)
  await vote(api, tenant, id, 'ana', false)
  expect(await read(api, tenant, 'post')).toMatchObject({ status: 'inactive', activation: { state: 'needed' } })
  const second = await activate(tenant, 'post')
  expect(second.statusCode).toBe(202)
  expect(second.json().activation.approval_id).not.toBe(id)
  await withdraw(api, tenant, second.json().activation.approval_id, 'ben')
  expect((await read(api, tenant, 'post')).activation.state).toBe('needed')
})

test('who switches it off takes back what waits; what is countersigned can be switched on and off', async () => {
  const tenant = await governedTenant(api)
  const { activation } = await create(api, tenant, critical('post'))
  expect((await switchOff(tenant, 'post')).json()).toMatchObject({ activation: { state: 'needed' } })
  expect(await vote(api, tenant, activation.approval_id, 'ana')).toMatchObject({ ok: false })
  // It was switched off by hand: a new version stays off, and nobody is asked.
  expect(await replace(api, tenant, critical('post', { title: 'Off' }))).toMatchObject({
    status: 'inactive',
    activation: { state: 'needed' },
  })
  const asked = await activate(tenant, 'post')
  await vote(api, tenant, asked.json().activation.approval_id, 'ana')
  expect((await switchOff(tenant, 'post')).json()).toMatchObject({
    status: 'inactive',
    activation: { state: 'granted' },
  })
  const on = await activate(tenant, 'post')
  expect(on.statusCode).toBe(200)
  expect(on.json()).toMatchObject({ status: 'active' })
  const deleted = await api.send(principal(tenant, 'ben'), { method: 'DELETE', url: '/workflows/post' })
  expect(deleted.statusCode).toBe(204)
  expect(await create(api, tenant, critical('post', { title: 'Off' }))).toMatchObject({
    status: 'active',
    is_new: false,
  })
})

test('after a raise what is active stays so, held by the gate, and its approval is asked for at once', async () => {
  const tenant = await governedTenant(api)
  await create(api, tenant, harmless('greet'))
  await create(api, tenant, harmless('other', { steps: [{ id: 'map', action: 'transform', config: { set: '1' } }] }))
  await patch(api, tenant, { raised: { log: 'C' } })
  const raised = await read(api, tenant, 'greet')
  expect(raised).toMatchObject({ status: 'active', impact: { class: 'C' }, activation: { state: 'pending' } })
  expect(await read(api, tenant, 'other')).toMatchObject({ status: 'active', activation: { state: 'not_needed' } })
  expect(await approvalsOf(tenant, 'requested_by')).toEqual([{ requested_by: 'system' }])
  // Whoever raised it may still decide: it is the policy that asks.
  await vote(api, tenant, raised.activation.approval_id, 'ana')
  expect(await read(api, tenant, 'greet')).toMatchObject({ status: 'active', activation: { state: 'granted' } })
})

test('what needs no approval any more is activated by hand, and what waited is closed', async () => {
  const tenant = await governedTenant(api)
  const { activation } = await create(api, tenant, critical('post'))
  const none = { activate: 'none', schedule: 'none', send: 'none' }
  const asked = await patch(api, tenant, { classes: { C: none } })
  await vote(api, tenant, asked.json().pending_change.approval_id, 'second')
  expect(await read(api, tenant, 'post')).toMatchObject({ status: 'inactive', activation: { state: 'not_needed' } })
  expect((await activate(tenant, 'post')).json()).toMatchObject({ status: 'active' })
  expect(await vote(api, tenant, activation.approval_id, 'ana')).toMatchObject({ ok: false })
})

test('where tests are required, nobody is asked before they have passed with exactly this content', async () => {
  const tenant = await governedTenant(api)
  await patch(api, tenant, { classes: { C: { tests_required: true } } })
  const saved = await create(api, tenant, critical('post'))
  expect(saved).toMatchObject({ status: 'inactive', activation: { state: 'needed', approval_id: null } })
  expect(saved.activation.approval_problem).toContain('requires tests of class C')
  const refused = await activate(tenant, 'post')
  expect(refused.statusCode).toBe(409)
  expect(refused.json().detail).toContain('have not passed with this content')
  await passTests(tenant, saved)
  expect((await activate(tenant, 'post')).statusCode).toBe(202)
  const other = await replace(api, tenant, critical('post', { title: 'Untested' }))
  expect(other).toMatchObject({ status: 'inactive', activation: { state: 'needed' } })
})

/** As a run of the saved cases writes it. */
async function passTests(tenant: Governed, { id, content_hash: hash }: { id: string; content_hash: string }) {
  await api.database.engine.query(
    `insert into workflow_tests (tenant_id, workflow_id, source, tests_hash, updated_by, updated_at) values ($1, $2, '', 'x', 'operator', now())`,
    [tenant.id, id],
  )
  await api.database.engine.query(
    `insert into workflow_test_runs (tenant_id, id, workflow_id, version, content_hash, tests_hash, passed, failed, green, cases, ran_by, ran_at)
      values ($1, $2, $3, 1, $4, 'x', 1, 0, true, '[]', 'operator', now())`,
    [tenant.id, newId(), id, hash],
  )
}

test('an agent that saves what is critical is told what waits, and never decides', async () => {
  const tenant = await governedTenant(api)
  const agent = { ...principal(tenant, 'ben'), kind: 'agent', role: 'builder' } as const
  const saved = await api.send(agent, { method: 'POST', url: '/workflows', payload: { definition: critical('post') } })
  expect(saved.json()).toMatchObject({ status: 'inactive', activation: { state: 'pending' } })
  expect(await vote(api, tenant, saved.json().activation.approval_id, 'ana')).toMatchObject({ ok: true })
})
