// What the record of tenants and members promises.

import { expect, test } from 'vitest'
import { createTestTenant, newId, openTestDatabase } from '../../tests/setup/database.ts'
import { now } from '../../tests/setup/executions.ts'
import { findMember, insertMember, listMembers, membersOfAudience } from './members.ts'
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
