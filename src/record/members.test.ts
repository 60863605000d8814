// What the record of tenants and members promises.

import { expect, test } from 'vitest'
import { createTestTenant, newId, openTestDatabase } from '../../tests/setup/database.ts'
import { now } from '../../tests/setup/executions.ts'
import { insertCouncil } from './councils.ts'
import { asTenant } from './database.ts'
import { asks, findMember, insertMember, listMembers, membersOfAudience, removeMember } from './members.ts'
import { TenantCache } from './tenant-cache.ts'
import { findTenant, findTenantById, insertTenant } from './tenants.ts'

const database = openTestDatabase()
const { engine } = database

test('a tenant is found by its slug and by its id; it has the core pack', async () => {
  const { id, slug } = await createTestTenant(database)
  const found = await findTenant(engine, slug)
  expect(found).toMatchObject({ id, slug, name: 'Acme', packs: ['core'] })
  expect(await findTenantById(engine, id)).toEqual(found)
  expect(await findTenant(engine, 'nobody')).toBeUndefined()
  expect(await findTenantById(engine, newId())).toBeUndefined()
})

test('a tenant may have more packs, and needs a slug that is its own', async () => {
  const id = newId()
  const tenant = { id, slug: `t-${id}`, name: 'A', packs: ['core', 'erp'], createdAt: now }
  await insertTenant(engine, tenant)
  expect(await findTenantById(engine, id)).toEqual(tenant)
  await expect(insertTenant(engine, { ...tenant, id: newId() })).rejects.toThrow('tenants_slug_key')
  await expect(insertTenant(engine, { ...tenant, id: newId(), slug: 'Not a slug' })).rejects.toThrow('slug_check')
})

test('a cached tenant is looked at again after a while; one that does not exist is not remembered', async () => {
  const { id } = await createTestTenant(database)
  let ms = 0
  const cache = new TenantCache(engine, () => ms)
  expect(await cache.get(id)).toMatchObject({ name: 'Acme' })
  await engine.query(`update tenants set name = 'New' where id = $1`, [id])
  expect(await cache.get(id)).toMatchObject({ name: 'Acme' })
  ms = 5000
  expect(await cache.get(id)).toMatchObject({ name: 'New' })
  const later = newId()
  await expect(cache.get(later)).rejects.toThrow(`There is no tenant ${later}`)
  await insertTenant(engine, { id: later, slug: `t-${later}`, name: 'Late', createdAt: now })
  expect(await cache.get(later)).toMatchObject({ name: 'Late' })
})

test('members are listed by name, and found by their id in their own tenant', async () => {
  const { id, members } = await createTestTenant(database)
  expect((await listMembers(engine, id)).map(({ name }) => name)).toEqual(['Ana', 'Ben', 'Cleo', 'Dora'])
  expect(await findMember(engine, id, members.ana.id)).toEqual(members.ana)
  expect(await findMember(engine, newId(), members.ana.id)).toBeUndefined()
})

test('an e-mail address is kept in lower case, and once in each tenant', async () => {
  const { id, members } = await createTestTenant(database)
  const member = { ...members.dora, id: newId(), email: 'Eve@Acme.example' }
  expect(await insertMember(engine, member)).toMatchObject({ email: 'eve@acme.example' })
  await expect(insertMember(engine, { ...member, id: newId(), email: 'EVE@acme.example' })).rejects.toThrow('email_key')
  await insertMember(engine, { ...member, tenantId: (await createTestTenant(database)).id })
  expect(await listMembers(engine, id)).toHaveLength(5)
})

test.each([
  ['an approver role', { role: 'finance_manager' }, ['Ana', 'Ben']],
  ['a membership role', { role: 'operator' }, ['Cleo', 'Dora']],
  ['a council', { council: 'cfo' }, ['Cleo']],
  ['a council named like a membership role, which does not count', { council: 'owner' }, []],
  ['addresses, in any case', { members: ['DORA@acme.example', 'ana@acme.example', 'x@y.z'] }, ['Ana', 'Dora']],
  ['a role that nobody has', { role: 'judge' }, []],
] as const)('an audience may be %s', async (_, audience, names) => {
  const { id } = await createTestTenant(database)
  const meant = await membersOfAudience(engine, id, audience)
  expect(meant.map(({ name }) => name)).toEqual(names)
})

/** Whether a pending approval of this audience waits for the member. */
async function isAsked(tenantId: string, memberId: string, audience: object): Promise<boolean> {
  const { rows } = await engine.query<{ asked: boolean }>(`select ${asks('$3::jsonb', '$2::uuid')} as asked`, [
    tenantId,
    memberId,
    JSON.stringify(audience),
  ])
  return rows[0]?.asked ?? false
}

test('a council is those who sit on it; its name as an approver role counts only where there is no such council', async () => {
  const { id, members } = await createTestTenant(database)
  const { ana, cleo, dora } = members
  const audience = { council: 'cfo' }
  expect(await isAsked(id, cleo.id, audience)).toBe(true)
  const council = { tenantId: id, id: newId(), name: 'cfo', title: 'CFO', domain: 'finance', createdAt: now }
  const memberIds = [ana.id, dora.id]
  await asTenant(database, id, (client) => insertCouncil(client, { ...council, threshold: 'majority', memberIds }))
  expect((await membersOfAudience(engine, id, audience)).map(({ name }) => name)).toEqual(['Ana', 'Dora'])
  const asked = await Promise.all([ana, cleo, dora].map((member) => isAsked(id, member.id, audience)))
  expect(asked).toEqual([true, false, true])
  // A role of the same name is still a role.
  expect((await membersOfAudience(engine, id, { role: 'cfo' })).map(({ name }) => name)).toEqual(['Cleo'])
  expect(await isAsked((await createTestTenant(database)).id, ana.id, audience)).toBe(false)
})

test('who was removed is in no audience', async () => {
  const { id, members } = await createTestTenant(database)
  await removeMember(engine, id, members.ben.id, now)
  expect((await membersOfAudience(engine, id, { role: 'finance_manager' })).map(({ name }) => name)).toEqual(['Ana'])
  expect(await isAsked(id, members.ben.id, { members: ['BEN@acme.example'] })).toBe(false)
  expect(await isAsked(id, members.ana.id, { members: ['ANA@acme.example'] })).toBe(true)
  expect(await findMember(engine, id, members.ben.id)).toBeUndefined()
  expect(await listMembers(engine, id)).toHaveLength(3)
})
