// What membership promises: roles change by the rules, an owner remains, and who is removed is out at once.

import { expect, test } from 'vitest'
import { removeMember } from '../../src/governance/members.ts'
import { createRegistry } from '../../src/packs/registry.ts'
import { asTenant } from '../../src/record/database.ts'
import { membersOfAudience } from '../../src/record/members.ts'
import { newId, openTestDatabase } from '../setup/database.ts'
import { openAccessHouse } from './access-house.test-kit.ts'

const database = openTestDatabase()
const house = await openAccessHouse(database)
const { send } = house

/** Changes what is there now. */
async function edit(as: string, path: string, body: object) {
  const { etag } = (await send(as, 'GET', path)).headers
  return send(as, 'PATCH', path, body, { 'if-match': etag })
}

test('members are listed in pages, by role, by part of their name, and sorted', async () => {
  const { members } = await house.tenant()
  const key = await house.keyOf(members.viewer)
  const names = async (query: string) => {
    const { items, total } = (await send(key, 'GET', `/members?${query}`)).json()
    return [total, items.map(({ role }: { role: string }) => role)]
  }
  expect(await names('')).toEqual([5, ['admin', 'builder', 'operator', 'owner', 'viewer']])
  expect(await names('limit=2&offset=1&sort=-name')).toEqual([5, ['owner', 'operator']])
  expect(await names('role=admin')).toEqual([1, ['admin']])
  expect(await names('search=THE%20OP')).toEqual([1, ['operator']])
  expect(await names('search=viewer@')).toEqual([1, ['viewer']])
  expect(await names('search=%25')).toEqual([0, []])
  expect((await send(key, 'GET', '/members?sort=email;drop')).statusCode).toBe(422)
})

test('an edit needs the state that was read', async () => {
  const { members } = await house.tenant()
  const key = await house.keyOf(members.admin)
  const path = `/members/${members.viewer.id}`
  const { etag } = (await send(key, 'GET', path)).headers
  expect((await send(key, 'PATCH', path, { name: 'V' })).statusCode).toBe(428)
  const changed = await send(key, 'PATCH', path, { name: 'V', approver_roles: ['cfo'] }, { 'if-match': etag })
  expect(changed.json()).toMatchObject({ name: 'V', approver_roles: ['cfo'], role: 'viewer' })
  expect((await send(key, 'PATCH', path, { name: 'W' }, { 'if-match': etag })).statusCode).toBe(412)
  expect((await send(key, 'PATCH', path, { name: 'W' }, { 'if-match': changed.headers.etag })).statusCode).toBe(200)
})

test('only owners make owners, change them, or remove them', async () => {
  const { members } = await house.tenant()
  const admin = await house.keyOf(members.admin)
  const refused = [
    await edit(admin, `/members/${members.viewer.id}`, { role: 'owner' }),
    await edit(admin, `/members/${members.owner.id}`, { role: 'viewer' }),
    await send(admin, 'DELETE', `/members/${members.owner.id}`),
    await send(admin, 'POST', '/invitations', { email: 'x@example.com', role: 'owner' }),
  ]
  for (const answer of refused) {
    expect(answer.statusCode).toBe(403)
    expect(answer.json().detail).toBe('Only an owner makes owners, changes them, or removes them.')
  }
  const owner = await house.keyOf(members.owner)
  expect((await edit(owner, `/members/${members.viewer.id}`, { role: 'owner' })).statusCode).toBe(200)
  expect((await edit(owner, `/members/${members.owner.id}`, { role: 'admin' })).statusCode).toBe(200)
})

test('the last owner stays', async () => {
  const { members } = await house.tenant()
  const owner = await house.keyOf(members.owner)
  for (const answer of [
    await send(owner, 'DELETE', `/members/${members.owner.id}`),
    await edit(owner, `/members/${members.owner.id}`, { role: 'admin' }),
  ])
    expect(answer.json()).toMatchObject({ status: 409, detail: 'The owner is the last owner of this tenant.' })
})

test('of two owners who leave at the same moment one stays', async () => {
  const { id, members } = await house.tenant()
  const owner = await house.keyOf(members.owner)
  await edit(owner, `/members/${members.admin.id}`, { role: 'owner' })
  const second = await house.keyOf(members.admin)
  const { name } = members.owner
  const actor = {
    tenantId: id,
    kind: 'member',
    id: members.owner.id,
    name,
    channel: 'api',
    address: null,
    requestId: null,
  } as const
  const parts = { ...house.people.parts, registry: createRegistry([]) }
  let other: ReturnType<typeof send> | undefined
  const first = await asTenant(database, id, async (client) => {
    const removed = await removeMember(parts, client, { ...actor, role: 'owner' }, members.owner.id)
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    // The second begins while the first has not committed, and waits for it.
    other = send(second, 'DELETE', `/members/${members.admin.id}`)
    const waiting = 'select from pg_stat_activity where $1 = any (pg_blocking_pids(pid))'
    await expect.poll(async () => (await database.engine.query(waiting, [rows[0]?.pid])).rowCount).toBe(1)
    return removed
  })
  expect(first.ok).toBe(true)
  expect((await other)?.json()).toMatchObject({ status: 409, detail: 'The admin is the last owner of this tenant.' })
})

test('who is removed is out at once, with sessions and keys, and is asked nothing any more', async () => {
  const { id, members } = await house.tenant()
  const owner = await house.cookieOf(members.owner)
  const cookie = await house.cookieOf(members.operator)
  const key = await house.keyOf(members.operator)
  for (const as of [cookie, key]) expect((await send(as, 'GET', '/me')).statusCode).toBe(200)
  expect(await membersOfAudience(database.engine, id, { role: 'operator' })).toHaveLength(1)
  expect((await send(owner, 'DELETE', `/members/${members.operator.id}`)).statusCode).toBe(204)
  expect((await send(cookie, 'GET', '/me')).json()).toMatchObject({
    status: 401,
    detail: 'Your membership in this tenant has ended. Sign in again.',
  })
  expect((await send(key, 'GET', '/me')).statusCode).toBe(401)
  expect(await membersOfAudience(database.engine, id, { role: 'operator' })).toEqual([])
  expect((await send(owner, 'GET', `/members/${members.operator.id}`)).statusCode).toBe(404)
  expect((await send(owner, 'DELETE', `/members/${members.operator.id}`)).statusCode).toBe(404)
  const { rows } = await database.engine.query('select name from members where id = $1', [members.operator.id])
  expect(rows).toEqual([{ name: 'The operator' }])
})

test('a user without a tenant is told so, and may come back by invitation, without the old keys', async () => {
  const { members, slug } = await house.tenant()
  const { email } = members.operator
  const owner = await house.cookieOf(members.owner)
  const key = await house.keyOf(members.operator)
  await house.cookieOf(members.operator)
  await send(owner, 'DELETE', `/members/${members.operator.id}`)
  const cookie = await house.cookieOf(members.operator)
  expect((await send(cookie, 'GET', '/me')).json()).toMatchObject({
    status: 403,
    detail: 'You are signed in, and a member of no tenant.',
  })
  const { url } = (await send(owner, 'POST', '/invitations', { email, role: 'viewer' })).json()
  const token = url.split('=')[1]
  const accepted = await send(cookie, 'POST', '/invitations/accept', { token })
  expect(accepted.json()).toEqual({ member_id: members.operator.id, tenant: { slug, name: 'Acme' } })
  expect((await send(cookie, 'GET', '/me')).json()).toMatchObject({ id: members.operator.id, role: 'viewer' })
  expect((await send(key, 'GET', '/me')).statusCode).toBe(401)
})

test('ids of another tenant are not found', async () => {
  const { members } = await house.tenant()
  const stranger = await house.keyOf((await house.tenant()).members.owner)
  const path = `/members/${members.viewer.id}`
  for (const answer of [
    await send(stranger, 'GET', path),
    await send(stranger, 'PATCH', path, { name: 'x' }, { 'if-match': '*' }),
    await send(stranger, 'DELETE', path),
    await send(stranger, 'GET', '/members/not-an-id'),
    await send(stranger, 'GET', `/members/${newId()}`),
  ])
    expect(answer.statusCode).toBe(404)
})

test('a council is made of members, and its threshold can be met', async () => {
  const { id, members } = await house.tenant()
  const key = await house.keyOf(members.admin)
  const seats = [members.viewer.id, members.builder.id]
  const council = { name: 'media', title: 'Media council', domain: 'media', members: seats }
  const high = await send(key, 'POST', '/councils', { ...council, threshold: 3 })
  expect(high.json()).toMatchObject({ code: 'unreachable_quorum', errors: [{ pointer: '/threshold' }] })
  expect(high.json().detail).toContain('2 members are on council "media"')
  const made = await send(key, 'POST', '/councils', council)
  expect(made.json()).toMatchObject({
    name: 'media',
    threshold: 'majority',
    members: [members.builder.id, members.viewer.id],
  })
  expect((await send(key, 'POST', '/councils', council)).statusCode).toBe(409)
  const asked = await membersOfAudience(database.engine, id, { council: 'media' })
  expect(asked.map(({ role }) => role)).toEqual(['builder', 'viewer'])
  expect((await edit(key, '/councils/media', { threshold: 3 })).statusCode).toBe(422)
  expect((await edit(key, '/councils/media', { title: 'Media', threshold: 2 })).json()).toMatchObject({
    title: 'Media',
    threshold: 2,
  })
  const leaving = await send(await house.keyOf(members.owner), 'DELETE', `/members/${members.viewer.id}`)
  expect(leaving.json()).toMatchObject({ status: 409 })
  expect(leaving.json().detail).toContain('Without The viewer the council "media" cannot decide.')
  const alone = await edit(key, '/councils/media', { threshold: 'unanimous', members: [members.viewer.id] })
  expect(alone.json().members).toEqual([members.viewer.id])
  expect((await send(key, 'GET', '/councils')).json()).toMatchObject({ total: 1, items: [{ name: 'media' }] })
  expect((await send(key, 'DELETE', '/councils/media')).statusCode).toBe(204)
  expect((await send(key, 'GET', '/councils/media')).statusCode).toBe(404)
  expect((await send(key, 'DELETE', '/councils/media')).statusCode).toBe(404)
})

test('nobody of another tenant sits on a council, and nobody there sees it', async () => {
  const { members } = await house.tenant()
  const other = await house.tenant()
  const key = await house.keyOf(members.admin)
  const council = { name: 'media', title: 'M', domain: 'media' }
  const foreign = await send(key, 'POST', '/councils', { ...council, members: [other.members.owner.id] })
  expect(foreign.json()).toMatchObject({ code: 'not_found', errors: [{ pointer: '/members' }] })
  await send(key, 'POST', '/councils', { ...council, members: [members.owner.id] })
  const stranger = await house.keyOf(other.members.owner)
  for (const answer of [
    await send(stranger, 'GET', '/councils/media'),
    await send(stranger, 'PATCH', '/councils/media', { title: 'x' }, { 'if-match': '*' }),
    await send(stranger, 'DELETE', '/councils/media'),
  ])
    expect(answer.statusCode).toBe(404)
})

test('settings are read by everybody and changed by those who govern', async () => {
  const { members, slug } = await house.tenant()
  const viewer = await house.keyOf(members.viewer)
  expect((await send(viewer, 'GET', '/settings')).json()).toEqual({ slug, name: 'Acme' })
  expect((await send(viewer, 'PATCH', '/settings', { name: 'x' }, { 'if-match': '*' })).statusCode).toBe(403)
  const admin = await house.keyOf(members.admin)
  expect((await edit(admin, '/settings', { name: 'Northern Trading' })).json()).toEqual({
    slug,
    name: 'Northern Trading',
  })
  expect((await send(viewer, 'GET', '/settings')).json()).toEqual({ slug, name: 'Northern Trading' })
})
