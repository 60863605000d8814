// What invitations promise: who has the link becomes a member, once, within a week, and as nobody else.

import { expect, test } from 'vitest'
import { newId, openTestDatabase } from '../setup/database.ts'
import { openAccessHouse, tokenOf } from './access-house.test-kit.ts'

const database = openTestDatabase()
const house = await openAccessHouse(database)
const { send } = house
const password = 'a long sentence is a good one'

async function invite(given: object = {}) {
  const tenant = await house.tenant()
  const owner = await house.keyOf(tenant.members.owner)
  const email = `new-${newId()}@example.com`
  const answer = await send(owner, 'POST', '/invitations', {
    email,
    role: 'builder',
    approver_roles: ['cfo'],
    ...given,
  })
  return { tenant, owner, email, answer, ...answer.json(), token: tokenOf(answer.json().url ?? '') }
}

const accept = (token: string, as?: string, body: object = { name: 'Nora New', password }) =>
  send(as, 'POST', '/invitations/accept', { token, ...body })

test('an invitation makes a member, a user and a session', async () => {
  const { tenant, owner, email, token, answer } = await invite()
  expect(answer.statusCode).toBe(201)
  expect(answer.json()).toMatchObject({ email, role: 'builder', approver_roles: ['cfo'], status: 'open' })
  expect(house.letters.at(-1)).toMatchObject({ to: email, text: expect.stringContaining(token) })
  const accepted = await accept(token)
  expect(accepted.json()).toMatchObject({ tenant: { slug: tenant.slug } })
  const cookie = String(accepted.headers['set-cookie']).split(';', 1)[0]
  expect((await send(cookie, 'GET', '/me')).json()).toMatchObject({ email, name: 'Nora New', role: 'builder' })
  expect((await send(undefined, 'POST', '/auth/sign-in/email', { email, password })).statusCode).toBe(204)
  const listed = await send(owner, 'GET', '/invitations')
  expect(listed.json()).toMatchObject({ total: 1, items: [{ email, status: 'accepted' }] })
  expect(listed.body).not.toContain(token)
})

test('its link works once, also for two at the same moment', async () => {
  const { token } = await invite()
  const answers = await Promise.all([accept(token), accept(token)])
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 410])
  expect((await accept(token)).json()).toMatchObject({ code: 'gone' })
})

test('it expires after seven days', async () => {
  const own = await openAccessHouse(database)
  const { token } = await invite()
  own.moveClock(7 * 86_400_000)
  expect((await own.send(undefined, 'POST', '/invitations/accept', { token, name: 'N', password })).statusCode).toBe(
    410,
  )
})

test('one that was revoked, replaced or made up leads nowhere', async () => {
  const { owner, id, token, email } = await invite()
  const next = await send(owner, 'POST', '/invitations', { email, role: 'viewer' })
  expect((await accept(token)).statusCode).toBe(410)
  expect((await send(owner, 'DELETE', `/invitations/${next.json().id}`)).statusCode).toBe(204)
  expect((await accept(tokenOf(next.json().url))).statusCode).toBe(410)
  expect((await send(owner, 'DELETE', `/invitations/${id}`)).statusCode).toBe(204)
  expect((await accept('made-up')).statusCode).toBe(410)
})

test('what is missing for an account is named; nothing is used up', async () => {
  const { token } = await invite()
  const bare = await accept(token, undefined, {})
  expect(bare.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/name', '/password'])
  expect((await accept(token, undefined, { name: 'N', password: 'short' })).statusCode).toBe(422)
  expect((await accept(token)).statusCode).toBe(200)
})

test('who has an account signs in first, and nobody accepts in their place', async () => {
  const first = await invite()
  const cookie = String((await accept(first.token)).headers['set-cookie']).split(';', 1)[0]
  const second = await house.tenant()
  const owner = await house.cookieOf(second.members.owner)
  const { url } = (
    await send(owner, 'POST', '/invitations', { email: first.email.toUpperCase(), role: 'viewer' })
  ).json()
  expect((await accept(tokenOf(url))).statusCode).toBe(401)
  expect((await accept(tokenOf(url), owner)).statusCode).toBe(403)
  const accepted = await accept(tokenOf(url), cookie, {})
  expect(accepted.statusCode).toBe(200)
  const me = (await send(cookie, 'GET', '/me')).json()
  expect(me).toMatchObject({ role: 'viewer', tenant: { slug: second.slug } })
  expect(me.memberships).toHaveLength(2)
})

test('a member is not invited again', async () => {
  const { tenant, owner } = await invite()
  const { email } = tenant.members.viewer
  expect((await send(owner, 'POST', '/invitations', { email, role: 'viewer' })).statusCode).toBe(409)
})

test('an accepted one cannot be revoked, and a foreign one is not found', async () => {
  const { owner, id, token } = await invite()
  const stranger = await house.keyOf((await house.tenant()).members.owner)
  expect((await send(stranger, 'DELETE', `/invitations/${id}`)).statusCode).toBe(404)
  await accept(token)
  expect((await send(owner, 'DELETE', `/invitations/${id}`)).statusCode).toBe(409)
  expect((await send(stranger, 'GET', '/invitations')).json()).toMatchObject({ total: 0 })
})

test('an account that was made by a link somebody else may hold proves nothing: the owner of the address gets it clean', async () => {
  const { email, token } = await invite()
  const held = String((await accept(token)).headers['set-cookie']).split(';', 1)[0]
  const link = await house.people.signIn.makeLink(email, 'Nora')
  const proven = await send(undefined, 'POST', '/auth/magic-link/verify', { token: tokenOf(link) })
  expect(proven.statusCode).toBe(204)
  expect((await send(held, 'GET', '/me')).statusCode).toBe(401)
  expect((await send(undefined, 'POST', '/auth/sign-in/email', { email, password })).statusCode).toBe(401)
})

test('each deed stands in the audit, without the token', async () => {
  const { tenant, token } = await invite()
  const accepted = await accept(token)
  const { rows } = await database.engine.query(
    `select action, actor_kind, actor_id, after::text from audit_entries where tenant_id = $1 and object_type = 'invitation' order by seq`,
    [tenant.id],
  )
  expect(rows).toMatchObject([
    { action: 'invitation.created', actor_id: tenant.members.owner.id },
    { action: 'invitation.accepted', actor_id: accepted.json().member_id },
  ])
  expect(JSON.stringify(rows)).not.toContain(token)
})

test('a page of another site accepts nothing', async () => {
  const { token } = await invite()
  const answer = await send(
    undefined,
    'POST',
    '/invitations/accept',
    { token, name: 'N', password },
    { origin: 'https://evil.example' },
  )
  expect(answer.statusCode).toBe(403)
})
