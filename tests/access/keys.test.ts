// What API keys promise: shown once, no wider than their maker, and dead at once when they are revoked.

import { expect, test } from 'vitest'
import { openDatabase } from '../../src/record/database.ts'
import { databaseKey, newId, openTestDatabase } from '../setup/database.ts'
import { openAccessHouse } from './access-house.test-kit.ts'

const database = openTestDatabase()
const house = await openAccessHouse(database)
const { send } = house

test('a key acts as its member, and says so', async () => {
  const { members, slug } = await house.tenant()
  const key = await house.keyOf(members.builder)
  const me = await send(key, 'GET', '/me')
  expect(me.json()).toMatchObject({
    id: members.builder.id,
    role: 'builder',
    tenant: { slug },
    via: 'key',
    memberships: [],
  })
})

test('a key is shown when it is made and never again', async () => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.viewer)
  const made = await send(cookie, 'POST', '/me/api-keys', { name: 'Mine' })
  expect(made.statusCode).toBe(201)
  const { key, id, prefix } = made.json()
  expect(key).toMatch(/^cs_[\w-]{43}$/)
  expect(key.startsWith(prefix)).toBe(true)
  const listed = await send(cookie, 'GET', '/me/api-keys')
  expect(listed.json()).toMatchObject({ total: 1, items: [{ id, prefix, name: 'Mine', scopes: null }] })
  expect(listed.body).not.toContain(key)
})

test.each([
  ['', 'The header Authorization must be `Bearer cs_…` with an API key.'],
  ['Basic abc', 'The header Authorization must be `Bearer cs_…` with an API key.'],
  ['Bearer cs_short', 'The header Authorization must be `Bearer cs_…` with an API key.'],
  [`Bearer cs_${'a'.repeat(43)}`, 'This API key is not known.'],
])('"%s" is refused with the reason', async (authorization, detail) => {
  const answer = await send(undefined, 'GET', '/me', undefined, { authorization })
  expect(answer.statusCode).toBe(401)
  expect(answer.json()).toMatchObject({ code: 'unauthenticated', detail })
})

test('a request without anything is told how to sign in', async () => {
  const answer = await send(undefined, 'GET', '/me')
  expect(answer.statusCode).toBe(401)
  expect(answer.json().detail).toContain(`${house.url}/sign-in`)
})

test('a revoked key works no second longer', async () => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  const { key, id } = (await send(cookie, 'POST', '/me/api-keys', { name: 'k' })).json()
  expect((await send(key, 'GET', '/me')).statusCode).toBe(200)
  expect((await send(cookie, 'DELETE', `/me/api-keys/${id}`)).statusCode).toBe(204)
  const answer = await send(key, 'GET', '/me')
  expect(answer.statusCode).toBe(401)
  expect(answer.json().detail).toBe('This API key was revoked.')
  expect((await send(cookie, 'DELETE', `/me/api-keys/${id}`)).statusCode).toBe(204)
})

test('a key is revoked at once however its id is written', async () => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  const { key, id } = (await send(cookie, 'POST', '/me/api-keys', { name: 'k' })).json()
  expect((await send(key, 'GET', '/me')).statusCode).toBe(200)
  expect((await send(cookie, 'DELETE', `/me/api-keys/${id.toUpperCase()}`)).statusCode).toBe(204)
  expect((await send(key, 'GET', '/me')).statusCode).toBe(401)
})

test('a key that is used while it is being revoked is not remembered as it was', async () => {
  const { members } = await house.tenant()
  const key = await house.keyOf(members.owner)
  const cookie = await house.cookieOf(members.owner)
  const { items } = (await send(cookie, 'GET', '/me/api-keys')).json()
  const uses = Array.from({ length: 20 }, () => send(key, 'GET', '/me'))
  await send(cookie, 'DELETE', `/me/api-keys/${items[0].id}`)
  await Promise.all(uses)
  expect((await send(key, 'GET', '/me')).statusCode).toBe(401)
})

test('another process hears of it, and until then nothing is older than five seconds', async () => {
  const other = await openAccessHouse(database)
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  const { key, id } = (await send(cookie, 'POST', '/me/api-keys', { name: 'k' })).json()
  expect((await other.send(key, 'GET', '/me')).statusCode).toBe(200)
  await send(cookie, 'DELETE', `/me/api-keys/${id}`)
  // It does not listen yet.
  expect((await other.send(key, 'GET', '/me')).statusCode).toBe(200)
  other.moveClock(5001)
  expect((await other.send(key, 'GET', '/me')).statusCode).toBe(401)

  await other.people.start()
  const next = (await send(cookie, 'POST', '/me/api-keys', { name: 'k' })).json()
  expect((await other.send(next.key, 'GET', '/me')).statusCode).toBe(200)
  await send(cookie, 'DELETE', `/me/api-keys/${next.id}`)
  await expect.poll(async () => (await other.send(next.key, 'GET', '/me')).statusCode, { timeout: 4000 }).toBe(401)
})

test('a process that was cut off listens again, and asks anew', async () => {
  const own = openDatabase(database.address, databaseKey(), { onError: () => {} })
  const other = await openAccessHouse(own)
  await other.people.start()
  const { members } = await house.tenant()
  const key = await house.keyOf(members.owner)
  expect((await other.send(key, 'GET', '/me')).statusCode).toBe(200)
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'countersign listener' and query like 'listen%countersign_access%' and datname = current_database()`
  await database.engine.query(cut)
  await expect.poll(() => other.lines.join('\n')).toContain('access that ends broke')
  const cookie = await house.cookieOf(members.owner)
  const { items } = (await send(cookie, 'GET', '/me/api-keys')).json()
  await send(cookie, 'DELETE', `/me/api-keys/${items[0].id}`)
  await expect.poll(async () => (await other.send(key, 'GET', '/me')).statusCode, { timeout: 4000 }).toBe(401)
  await other.people.close()
  await own.close()
})

test('a key ends when it was to end', async () => {
  const own = await openAccessHouse(database)
  const { members } = await own.tenant()
  const cookie = await own.cookieOf(members.owner)
  const expires = new Date(own.now() + 60_000).toISOString()
  const { key } = (await own.send(cookie, 'POST', '/me/api-keys', { name: 'k', expires_at: expires })).json()
  own.moveClock(58_000)
  expect((await own.send(key, 'GET', '/me')).statusCode).toBe(200)
  own.moveClock(2001)
  const answer = await own.send(key, 'GET', '/me')
  expect(answer.json()).toMatchObject({ status: 401, detail: 'This API key has expired.' })
  const past = await own.send(cookie, 'POST', '/me/api-keys', { name: 'k', expires_at: '2020-01-01T00:00:00Z' })
  expect(past.json()).toMatchObject({ code: 'invalid_input', errors: [{ pointer: '/expires_at' }] })
})

test('a key may not hold what its maker lacks, and a key of a key not more than that', async () => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.viewer)
  const wide = await send(cookie, 'POST', '/me/api-keys', { name: 'k', scopes: ['workflows:read', 'secrets:write'] })
  expect(wide.statusCode).toBe(403)
  expect(wide.json().detail).toContain('secrets:write')
  const { key } = (await send(cookie, 'POST', '/me/api-keys', { name: 'k', scopes: ['keys:own', 'me:read'] })).json()
  expect((await send(key, 'GET', '/members')).statusCode).toBe(403)
  const wider = await send(key, 'POST', '/me/api-keys', { name: 'k', scopes: ['members:read'] })
  expect(wider.statusCode).toBe(403)
  const heir = (await send(key, 'POST', '/me/api-keys', { name: 'k' })).json()
  expect(heir.scopes).toEqual(['keys:own', 'me:read'])
  expect((await send(heir.key, 'GET', '/members')).statusCode).toBe(403)
})

test('a key follows the role of its member, at once', async () => {
  const { members } = await house.tenant()
  const owner = await house.cookieOf(members.owner)
  const key = await house.keyOf(members.admin)
  expect((await send(key, 'GET', '/api-keys')).statusCode).toBe(200)
  const { etag } = (await send(owner, 'GET', `/members/${members.admin.id}`)).headers
  const changed = await send(owner, 'PATCH', `/members/${members.admin.id}`, { role: 'viewer' }, { 'if-match': etag })
  expect(changed.json()).toMatchObject({ role: 'viewer' })
  expect((await send(key, 'GET', '/api-keys')).statusCode).toBe(403)
})

test('those who govern see and revoke the keys of all; nobody else, and nobody of another tenant', async () => {
  const { members } = await house.tenant()
  const foreign = await house.tenant()
  const admin = await house.keyOf(members.admin)
  const mine = (await send(await house.keyOf(members.viewer), 'POST', '/me/api-keys', { name: 'mine' })).json()
  const listed = await send(admin, 'GET', `/api-keys?member_id=${members.viewer.id}`)
  expect(listed.json()).toMatchObject({ total: 2, total_is_exact: true })
  const builder = await house.keyOf(members.builder)
  expect((await send(builder, 'GET', '/api-keys')).statusCode).toBe(403)
  expect((await send(builder, 'DELETE', `/me/api-keys/${mine.id}`)).statusCode).toBe(404)
  const stranger = await house.keyOf(foreign.members.owner)
  expect((await send(stranger, 'DELETE', `/api-keys/${mine.id}`)).statusCode).toBe(404)
  expect((await send(stranger, 'GET', `/api-keys?member_id=${members.viewer.id}`)).json()).toMatchObject({ total: 0 })
  expect((await send(admin, 'DELETE', `/api-keys/${newId()}`)).statusCode).toBe(404)
  expect((await send(admin, 'DELETE', `/api-keys/${mine.id}`)).statusCode).toBe(204)
  expect((await send(mine.key, 'GET', '/me')).statusCode).toBe(401)
})

test('when a key was last used is written once a minute', async () => {
  const own = await openAccessHouse(database)
  const { members } = await own.tenant()
  const key = await own.keyOf(members.owner)
  const lastUse = async () => {
    await own.people.authenticator.close()
    const { items } = (await own.send(key, 'GET', '/api-keys')).json()
    return items[0].last_used_at
  }
  expect(await lastUse()).toBeNull()
  const first = await lastUse()
  expect(Date.parse(first)).toBeGreaterThan(0)
  expect(await lastUse()).toBe(first)
  own.moveClock(60_000)
  await lastUse()
  expect(Date.parse(await lastUse())).toBeGreaterThanOrEqual(Date.parse(first) + 60_000)
})

test('a key cannot switch tenants, and needs no proof of where it comes from', async () => {
  const { members, slug } = await house.tenant()
  const key = await house.keyOf(members.owner)
  expect((await send(key, 'PUT', '/me/tenant', { slug })).statusCode).toBe(409)
  const made = await send(key, 'POST', '/me/api-keys', { name: 'k' }, { origin: 'https://elsewhere.example' })
  expect(made.statusCode).toBe(201)
})

test('an agent acts with its key, decides nothing, and is silent once it is disabled', async () => {
  const { members } = await house.tenant()
  const owner = await house.cookieOf(members.owner)
  const made = await send(owner, 'POST', '/agents', { name: 'procurement-agent' })
  expect(made.statusCode).toBe(201)
  const { id } = made.json()
  const { key } = (await send(owner, 'POST', `/agents/${id}/api-keys`, { name: 'k' })).json()
  const me = (await send(key, 'GET', '/me')).json()
  expect(me).toMatchObject({ id, kind: 'agent', role: 'agent', email: null })
  expect(me.permissions).toContain('executions:start')
  expect(me.permissions).not.toContain('approvals:decide')
  expect((await send(key, 'GET', '/me/api-keys')).statusCode).toBe(403)
  const edit = (body: object, etag: unknown) => send(owner, 'PATCH', `/agents/${id}`, body, { 'if-match': etag })
  const disabled = await edit({ disabled: true }, made.headers.etag)
  expect(disabled.json()).toMatchObject({ disabled: true })
  const refused = await send(key, 'GET', '/me')
  expect(refused.json()).toMatchObject({ status: 401, detail: 'This API key belongs to nobody who may act any more.' })
  expect((await edit({ disabled: false }, made.headers.etag)).statusCode).toBe(412)
  await edit({ disabled: false, name: 'buyer-agent' }, disabled.headers.etag)
  expect((await send(key, 'GET', '/me')).json()).toMatchObject({ name: 'buyer-agent' })
})

test('agents have names of their own; a key of an agent holds what an agent may; foreign ones are not found', async () => {
  const { members } = await house.tenant()
  const owner = await house.keyOf(members.owner)
  const stranger = await house.keyOf((await house.tenant()).members.owner)
  const { id } = (await send(owner, 'POST', '/agents', { name: 'a' })).json()
  const other = await send(owner, 'POST', '/agents', { name: 'b' })
  expect((await send(owner, 'POST', '/agents', { name: 'a' })).statusCode).toBe(409)
  const { etag } = other.headers
  expect(
    (await send(owner, 'PATCH', `/agents/${other.json().id}`, { name: 'a' }, { 'if-match': etag })).statusCode,
  ).toBe(409)
  expect((await send(owner, 'GET', '/agents')).json()).toMatchObject({
    total: 2,
    items: [{ name: 'a' }, { name: 'b' }],
  })
  const wide = await send(owner, 'POST', `/agents/${id}/api-keys`, { name: 'k', scopes: ['approvals:decide'] })
  expect(wide.json()).toMatchObject({ status: 403, detail: 'An agent does not have approvals:decide.' })
  for (const answer of [
    await send(stranger, 'GET', `/agents/${id}`),
    await send(stranger, 'PATCH', `/agents/${id}`, { name: 'x' }, { 'if-match': '*' }),
    await send(stranger, 'POST', `/agents/${id}/api-keys`, { name: 'k' }),
  ])
    expect(answer.statusCode).toBe(404)
})
