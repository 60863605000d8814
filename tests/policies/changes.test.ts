// What a tenant's policy takes: what raises it at once, what lowers it only with a second person.

import { expect, test } from 'vitest'
import {
  actionsOf,
  governedTenant,
  openGovernedApi,
  patch,
  principal,
  readPolicies,
  vote,
  withdraw,
} from './governed-house.ts'
import { createTestTenant } from '../setup/database.ts'
import { memberPrincipal } from '../api/api.test-kit.ts'

const api = await openGovernedApi()
const lowering = { internal_hosts: ['crm.example'] }

test('a policy that nobody has touched asks owners and admins about class C', async () => {
  const tenant = await governedTenant(api)
  const governors = { approvers: { roles: ['owner', 'admin'] }, quorum: 1 }
  expect((await readPolicies(api, tenant)).json()).toMatchObject({
    classes: { A: { activate: 'none' }, C: { activate: governors, schedule: governors, run: 'none', send: governors } },
    separation: ['requester', 'author', 'last_editor'],
    pending_change: null,
  })
})

test('what raises takes effect at once, is written down, and leaves the rest', async () => {
  const tenant = await governedTenant(api)
  const rule = { approvers: { role: 'finance_manager' }, quorum: 2 }
  const raised = await patch(api, tenant, { classes: { B: { activate: rule } }, raised: { log: 'B' } })
  expect(raised.json()).toMatchObject({ classes: { A: { activate: 'none' }, B: { activate: rule, run: 'none' } } })
  const again = await patch(api, tenant, { raised: { log: 'C', transform: 'B' }, reminders: null })
  expect(again.json()).toMatchObject({ raised: { log: 'C', transform: 'B' }, reminders: null, pending_change: null })
  expect(await actionsOf(api, tenant)).toEqual(['policies.changed', 'policies.changed'])
  expect((await patch(api, tenant, { reminders: null })).statusCode).toBe(200)
  expect(await actionsOf(api, tenant)).toHaveLength(2)
})

test('what lowers waits, whole, until another owner or admin has approved it', async () => {
  const tenant = await governedTenant(api)
  const asked = await patch(api, tenant, { ...lowering, raised: { log: 'B' }, deliveries_days: 3 })
  const { pending_change: pending, ...now } = asked.json()
  expect(now).toMatchObject({ internal_hosts: [], raised: {}, deliveries_days: 3 })
  expect(pending).toMatchObject({
    lowers: ['crm.example counts as internal'],
    requested_by: `member:${tenant.members.ana.id}`,
    after: { internal_hosts: ['crm.example'], raised: { log: 'B' } },
  })
  const own = await vote(api, tenant, pending.approval_id, 'ana')
  expect(own).toMatchObject({ ok: false, problems: [{ code: 'forbidden' }] })
  expect(await vote(api, tenant, pending.approval_id, 'ben')).toMatchObject({ ok: false })
  expect(await vote(api, tenant, pending.approval_id, 'second')).toMatchObject({
    ok: true,
    value: { status: 'approved' },
  })
  expect((await readPolicies(api, tenant)).json()).toMatchObject({
    ...lowering,
    raised: { log: 'B' },
    pending_change: null,
  })
  expect(await actionsOf(api, tenant)).toEqual([
    ...['policies.changed', 'policies.change_requested', 'approval.requested'],
    ...['approval.voted', 'approval.approved', 'policies.change_applied', 'policies.changed'],
  ])
})

test.each([
  ['fewer votes', { classes: { C: { activate: 'none' } } }],
  ['a hand less in separation', { separation: ['requester', 'author'] }],
  ['approvers who may edit', { edit_and_approve: true }],
  ['others who are asked when time is up', { on_expiry: { escalate_to: { role: 'cfo' } } }],
])('%s does not come silently', async (_, payload) => {
  const tenant = await governedTenant(api)
  const before = (await readPolicies(api, tenant)).json()
  const { pending_change: pending, ...after } = (await patch(api, tenant, payload)).json()
  expect({ ...after, pending_change: null }).toEqual(before)
  expect(pending.lowers).toHaveLength(1)
  expect(await vote(api, tenant, pending.approval_id, 'second', false)).toMatchObject({ ok: true })
  expect((await readPolicies(api, tenant)).json()).toEqual(before)
})

test('a raise taken away lowers, and so does a class that needs tests no more', async () => {
  const tenant = await governedTenant(api)
  await patch(api, tenant, { raised: { log: 'C' }, classes: { C: { tests_required: true } } })
  const { pending_change: pending } = (
    await patch(api, tenant, { raised: { log: null }, classes: { C: { tests_required: false } } })
  ).json()
  expect(pending.lowers).toEqual(['class C needs no tests', 'log is no longer raised to class C'])
})

test('a change that waits is not overtaken by another, and can be taken back', async () => {
  const tenant = await governedTenant(api)
  const { pending_change: pending } = (await patch(api, tenant, lowering)).json()
  const another = await patch(api, tenant, { edit_and_approve: true })
  expect(another.statusCode).toBe(409)
  expect(another.json().detail).toContain(pending.approval_id)
  expect(await withdraw(api, tenant, pending.approval_id, 'ben')).toMatchObject({ ok: false })
  expect(await withdraw(api, tenant, pending.approval_id, 'ana')).toMatchObject({ ok: true })
  expect((await readPolicies(api, tenant)).json()).toMatchObject({ internal_hosts: [], pending_change: null })
  expect((await patch(api, tenant, { edit_and_approve: true })).json().pending_change).not.toBeNull()
})

test('a policy that is raised meanwhile voids the change that waited: it was of another policy', async () => {
  const tenant = await governedTenant(api)
  const { pending_change: pending } = (await patch(api, tenant, lowering)).json()
  const raised = await patch(api, tenant, { raised: { log: 'C' } }, 'second')
  expect(raised.json()).toMatchObject({ raised: { log: 'C' }, internal_hosts: [], pending_change: null })
  const late = await vote(api, tenant, pending.approval_id, 'second')
  expect(late).toMatchObject({ ok: false, problems: [{ code: 'conflict' }] })
  expect((await readPolicies(api, tenant)).json()).toMatchObject({ internal_hosts: [] })
})

test('an owner who is alone cannot lower, and is told to invite a second one', async () => {
  const alone = await createTestTenant(api.database, { governed: true })
  const { headers } = await api.send(memberPrincipal(alone), { url: '/policies' })
  const edit = { method: 'PATCH', url: '/policies', headers: { 'if-match': String(headers['etag']) } } as const
  const refused = await api.send(memberPrincipal(alone), { ...edit, payload: lowering })
  expect(refused.statusCode).toBe(422)
  expect(refused.json()).toMatchObject({ code: 'unreachable_quorum' })
  expect(refused.json().detail).toContain('another owner or admin has to agree: there is none')
  expect(refused.body).toContain('Invite a second owner or admin')
})

test.each([
  [
    { classes: { A: { run: { approvers: { role: 'astronaut' }, quorum: 1 } } } },
    '/classes/A/run',
    'no member is astronaut',
  ],
  [
    { classes: { C: { send: { approvers: { role: 'cfo' }, quorum: 5 } } } },
    '/classes/C/send',
    'Nobody can reach 5 votes',
  ],
  [{ on_expiry: { escalate_to: { council: 'void' } } }, '/on_expiry/escalate_to', 'council "void"'],
])('a rule that nobody can meet is refused: %j', async (payload, pointer, words) => {
  const tenant = await governedTenant(api)
  const refused = await patch(api, tenant, payload)
  expect(refused.statusCode).toBe(422)
  expect(refused.json()).toMatchObject({ code: 'unreachable_quorum' })
  expect(refused.body).toContain(pointer)
  expect(refused.body).toContain(words.replaceAll('"', String.raw`\"`))
})

test.each([
  [{ classes: { D: {} } }],
  [{ raised: { log: 'A' } }],
  [{ internal_hosts: ['https://crm.example'] }],
  [{ reminders: 'often' }],
  [{ separation: ['bystander'] }],
])('%j is no policy', async (payload) => {
  const tenant = await governedTenant(api)
  expect((await patch(api, tenant, payload)).statusCode).toBe(422)
})

test('only owners and admins change it, and only what they have seen', async () => {
  const tenant = await governedTenant(api)
  expect((await patch(api, tenant, lowering, 'ben')).statusCode).toBe(403)
  const { headers } = await readPolicies(api, tenant)
  await patch(api, tenant, { raised: { log: 'B' } })
  const edit = { method: 'PATCH', url: '/policies', headers: { 'if-match': String(headers['etag']) } } as const
  expect((await api.send(principal(tenant), { ...edit, payload: lowering })).statusCode).toBe(412)
})
