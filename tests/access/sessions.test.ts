// What sessions promise: who has the cookie is the user, nobody else is, and it ends when it should.

import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { signInSecret } from '../../src/api/access/session-cookie.ts'
import type { Member } from '../../src/record/members.ts'
import { databaseKey, openTestDatabase } from '../setup/database.ts'
import { openAccessHouse, tokenOf } from './access-house.test-kit.ts'

const database = openTestDatabase()
const house = await openAccessHouse(database)
const { send, url } = house
const password = 'a long sentence is a good one'

/** Gives a member a password, as somebody does who has forgotten theirs. */
async function withPassword(member: Member): Promise<void> {
  const { email } = member
  await house.cookieOf(member)
  await send(undefined, 'POST', '/auth/request-password-reset', { email })
  await expect.poll(() => house.letters.some(({ to }) => to === email)).toBe(true)
  const letter = house.letters.findLast(({ to }) => to === email)
  const token = /reset=(\S+)/.exec(letter?.text ?? '')?.[1]
  const answer = await send(undefined, 'POST', '/auth/reset-password', { token, new_password: password })
  expect(answer.statusCode).toBe(204)
}

test('a link signs its member in; the answer says who they are and what they may do', async () => {
  const { members, slug } = await house.tenant()
  const cookie = await house.cookieOf(members.operator)
  const me = await send(cookie, 'GET', '/me')
  expect(me.statusCode).toBe(200)
  expect(me.json()).toMatchObject({
    id: members.operator.id,
    kind: 'member',
    email: members.operator.email,
    role: 'operator',
    tenant: { slug, name: 'Acme' },
    via: 'session',
    memberships: [{ slug, role: 'operator' }],
  })
  expect(me.json().permissions).toContain('executions:control')
  expect(me.json().permissions).not.toContain('workflows:write')
})

test('a link can be used once, and an unknown one never', async () => {
  const { members } = await house.tenant()
  const token = tokenOf(await house.people.signIn.makeLink(members.viewer.email, 'V'))
  const first = await send(undefined, 'POST', '/auth/magic-link/verify', { token })
  expect(first.statusCode).toBe(204)
  expect(first.body).toBe('')
  const second = await send(undefined, 'POST', '/auth/magic-link/verify', { token })
  expect(second.statusCode).toBe(410)
  expect(second.headers['set-cookie']).toBeUndefined()
  expect(second.json()).toMatchObject({ code: 'gone' })
  expect((await send(undefined, 'POST', '/auth/magic-link/verify', { token: 'nothing' })).statusCode).toBe(410)
})

test('of two who use a link at the same moment one is signed in', async () => {
  const { members } = await house.tenant()
  const token = tokenOf(await house.people.signIn.makeLink(members.viewer.email, 'V'))
  const both = await Promise.all([1, 2].map(() => send(undefined, 'POST', '/auth/magic-link/verify', { token })))
  expect(both.map(({ statusCode }) => statusCode).toSorted()).toEqual([204, 410])
})

test('the cookie is for the server alone, and for HTTPS where the house is', async () => {
  const { members } = await house.tenant()
  const token = tokenOf(await house.people.signIn.makeLink(members.viewer.email, 'V'))
  const plain = String((await send(undefined, 'POST', '/auth/magic-link/verify', { token })).headers['set-cookie'])
  expect(plain).toMatch(/^countersign\.session_token=.*; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/)
  const secure = await openAccessHouse(database, { url: 'https://flow.example.com' })
  const link = tokenOf(await secure.people.signIn.makeLink(members.viewer.email, 'V'))
  const cookie = String(
    (await secure.send(undefined, 'POST', '/auth/magic-link/verify', { token: link })).headers['set-cookie'],
  )
  expect(cookie).toMatch(/^__Secure-countersign\.session_token=.*; HttpOnly; Secure; SameSite=Lax$/)
  expect((await secure.send(cookie.split(';', 1)[0], 'GET', '/me')).statusCode).toBe(200)
})

test('a session that was there before signing in is worth nothing afterwards: a new one is made', async () => {
  const { members } = await house.tenant()
  const planted = 'planted-by-somebody-else'
  const signature = createHmac('sha256', 'guess').update(planted).digest('base64')
  const cookie = `countersign.session_token=${encodeURIComponent(`${planted}.${signature}`)}`
  const token = tokenOf(await house.people.signIn.makeLink(members.viewer.email, 'V'))
  const answer = await send(cookie, 'POST', '/auth/magic-link/verify', { token })
  expect(answer.statusCode).toBe(204)
  expect(String(answer.headers['set-cookie'])).not.toContain(planted)
  expect((await send(cookie, 'GET', '/me')).statusCode).toBe(401)
})

test.each([
  ['another signature', (token: string) => `${token}.${createHmac('sha256', 'guess').update(token).digest('base64')}`],
  ['the signature of another token', (token: string) => `x${token}.${sign(token)}`],
  ['no signature', (token: string) => token],
  ['an empty token', () => `.${sign('')}`],
  ['half an escape', () => '%E0%A4%A'],
])('a cookie with %s is nobody', async (_, forge) => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  const [token = ''] = decodeURIComponent(cookie.split('=')[1] ?? '').split('.')
  const forged = forge(token)
  const value = forged.startsWith('%') ? forged : encodeURIComponent(forged)
  const answer = await send(`countersign.session_token=${value}`, 'GET', '/me')
  expect(answer.statusCode).toBe(401)
  expect(answer.json()).toMatchObject({ code: 'unauthenticated', detail: 'This session is not known. Sign in again.' })
  expect(answer.headers['www-authenticate']).toContain('Bearer')
})

const sign = (token: string): string => createHmac('sha256', signInSecret(databaseKey())).update(token).digest('base64')

test('the hash that the database holds opens no session, even signed', async () => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  const [token = ''] = decodeURIComponent(cookie.split('=')[1] ?? '').split('.')
  const hash = createHash('sha256').update(token).digest('hex')
  const { rowCount } = await database.identity.query('select from session where token = $1', [hash])
  expect(rowCount).toBe(1)
  const value = encodeURIComponent(`${hash}.${sign(hash)}`)
  expect((await send(`countersign.session_token=${value}`, 'GET', '/me')).statusCode).toBe(401)
})

test('a session ends after seven days, also while it is remembered', async () => {
  const own = await openAccessHouse(database)
  const { members } = await own.tenant()
  const cookie = await own.cookieOf(members.owner)
  own.moveClock(7 * 86_400_000 - 4000)
  expect((await own.send(cookie, 'GET', '/me')).statusCode).toBe(200)
  own.moveClock(4001)
  const answer = await own.send(cookie, 'GET', '/me')
  expect(answer.statusCode).toBe(401)
  expect(answer.json().detail).toBe('This session has expired. Sign in again.')
})

test('signing out ends the session at once, and another one of the same user stays', async () => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  const other = await house.cookieOf(members.owner)
  expect((await send(cookie, 'GET', '/me')).statusCode).toBe(200)
  const answer = await send(cookie, 'POST', '/auth/sign-out')
  expect(answer.statusCode).toBe(204)
  expect(String(answer.headers['set-cookie'])).toContain('Max-Age=0')
  expect((await send(cookie, 'GET', '/me')).statusCode).toBe(401)
  expect((await send(other, 'GET', '/me')).statusCode).toBe(200)
})

test('an unknown address and a wrong password get the same answer, body and all', async () => {
  const { members } = await house.tenant()
  await withPassword(members.builder)
  const wrong = await send(undefined, 'POST', '/auth/sign-in/email', {
    email: members.builder.email,
    password: 'wrong wrong wrong',
  })
  const unknown = await send(undefined, 'POST', '/auth/sign-in/email', {
    email: 'nobody@example.com',
    password: 'wrong wrong wrong',
  })
  const noPassword = await send(undefined, 'POST', '/auth/sign-in/email', {
    email: members.viewer.email,
    password: 'wrong wrong wrong',
  })
  expect(wrong.statusCode).toBe(401)
  expect(unknown.body).toBe(wrong.body)
  expect(noPassword.body).toBe(wrong.body)
  expect([unknown.statusCode, noPassword.statusCode]).toEqual([401, 401])
})

test('a right password signs in, in whatever case the address is; the fifth wrong one closes the door', async () => {
  const own = await openAccessHouse(database)
  const { members } = await own.tenant()
  const { email } = members.admin
  await withPassword(members.admin)
  const attempt = (given: string, address = email) =>
    own.send(undefined, 'POST', '/auth/sign-in/email', { email: address, password: given })
  expect((await attempt(password, email.toUpperCase())).statusCode).toBe(204)
  for (let index = 0; index < 5; index++) expect((await attempt('wrong wrong wrong')).statusCode).toBe(401)
  const closed = await attempt(password)
  expect(closed.statusCode).toBe(429)
  expect(closed.json()).toMatchObject({ code: 'rate_limited' })
  own.moveClock(300_000)
  expect((await attempt(password)).statusCode).toBe(204)
})

test('changing the password ends all other sessions, and takes the old one', async () => {
  const own = await openAccessHouse(database)
  const { members } = await own.tenant()
  await withPassword(members.admin)
  const cookie = await own.cookieOf(members.admin)
  const other = await own.cookieOf(members.admin)
  const change = (current: string) =>
    own.send(cookie, 'POST', '/auth/change-password', {
      current_password: current,
      new_password: 'another long sentence',
    })
  const refused = await change('wrong wrong wrong')
  expect(refused.statusCode).toBe(422)
  expect((await own.send(other, 'GET', '/me')).statusCode).toBe(200)
  const changed = await change(password)
  expect(changed.statusCode).toBe(204)
  expect((await own.send(other, 'GET', '/me')).statusCode).toBe(401)
  expect((await own.send(cookie, 'GET', '/me')).statusCode).toBe(401)
  const fresh = String(changed.headers['set-cookie']).split(';', 1)[0]
  expect((await own.send(fresh, 'GET', '/me')).statusCode).toBe(200)
})

test('a link to set a password works once, and ends all sessions', async () => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  await withPassword(members.owner)
  expect((await send(cookie, 'GET', '/me')).statusCode).toBe(401)
  const token = /reset=(\S+)/.exec(house.letters.findLast(({ to }) => to === members.owner.email)?.text ?? '')?.[1]
  const again = await send(undefined, 'POST', '/auth/reset-password', { token, new_password: password })
  expect(again.statusCode).toBe(410)
})

test('a link is mailed to those who are known, and the answer is the same for all', async () => {
  const { members } = await house.tenant()
  const known = await send(undefined, 'POST', '/auth/sign-in/magic-link', { email: members.viewer.email })
  const unknown = await send(undefined, 'POST', '/auth/sign-in/magic-link', { email: 'nobody@example.org' })
  expect([known.statusCode, unknown.statusCode]).toEqual([202, 202])
  expect(unknown.body).toBe(known.body)
  await expect
    .poll(() => house.letters.findLast(({ to }) => to === members.viewer.email)?.text)
    .toContain('/sign-in?token=')
  expect(house.letters.some(({ to }) => to === 'nobody@example.org')).toBe(false)
})

test('without a mail server nobody is told that a letter is on its way', async () => {
  const own = await openAccessHouse(database, { withMail: false })
  const answer = await own.send(undefined, 'POST', '/auth/sign-in/magic-link', { email: 'a@example.com' })
  expect(answer.json()).toMatchObject({ code: 'not_configured' })
})

test('a user of two tenants works in one at a time, and switches; a foreign tenant is not found', async () => {
  const first = await house.tenant()
  const second = await house.tenant()
  const stranger = await house.tenant()
  const { email } = first.members.owner
  await database.engine.query(`update members set email = $2 where id = $1`, [second.members.viewer.id, email])
  const cookie = await house.cookieOf(first.members.owner)
  const me = await send(cookie, 'GET', '/me')
  expect(me.json()).toMatchObject({ role: 'owner', tenant: { slug: first.slug } })
  expect(me.json().memberships).toHaveLength(2)
  expect((await send(cookie, 'PUT', '/me/tenant', { slug: second.slug })).statusCode).toBe(204)
  expect((await send(cookie, 'GET', '/me')).json()).toMatchObject({ role: 'viewer', tenant: { slug: second.slug } })
  expect((await send(cookie, 'PUT', '/me/tenant', { slug: stranger.slug })).statusCode).toBe(404)
  expect((await send(cookie, 'GET', `/members/${first.members.owner.id}`)).statusCode).toBe(404)
})

test('sign-in and sign-out stand in the audit of the tenant', async () => {
  const { id, members } = await house.tenant()
  const token = tokenOf(await house.people.signIn.makeLink(members.viewer.email, 'V'))
  const answer = await send(undefined, 'POST', '/auth/magic-link/verify', { token })
  await send(String(answer.headers['set-cookie']).split(';', 1)[0], 'POST', '/auth/sign-out')
  const { rows } = await database.engine.query(
    `select action, actor_id, address from audit_entries where tenant_id = $1 order by seq`,
    [id],
  )
  const who = { actor_id: members.viewer.id, address: '203.0.113.7' }
  expect(rows).toEqual([
    { action: 'session.started', ...who },
    { action: 'session.ended', ...who },
  ])
})

test.each([
  [{}, 403],
  [{ origin: 'https://evil.example' }, 403],
  [{ origin: 'null' }, 403],
  [{ origin: 'null', 'sec-fetch-site': 'cross-site' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ origin: 'http://127.0.0.1:4000', 'sec-fetch-site': 'cross-site' }, 403],
  [{ origin: 'http://127.0.0.1:4000.evil.example' }, 403],
  [{ 'sec-fetch-site': 'same-origin' }, 201],
  [{ 'sec-fetch-site': 'none' }, 201],
  [{ origin: 'null', 'sec-fetch-site': 'same-origin' }, 201],
  [{ origin: url }, 201],
])('what changes something with a session comes from our own pages: %o is %i', async (headers, status) => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  const options = { method: 'POST', url: '/api/v1/me/api-keys', payload: { name: 'k' } } as const
  const answer = await house.app.inject({ ...options, headers: { cookie, ...headers } })
  expect(answer.statusCode).toBe(status)
})

test('a page of another site signs nobody in and nobody out', async () => {
  const { members } = await house.tenant()
  const cookie = await house.cookieOf(members.owner)
  const token = tokenOf(await house.people.signIn.makeLink(members.owner.email, 'O'))
  const foreign = { origin: 'https://evil.example' }
  expect((await send(undefined, 'POST', '/auth/magic-link/verify', { token }, foreign)).statusCode).toBe(403)
  expect((await send(cookie, 'POST', '/auth/sign-out', undefined, foreign)).statusCode).toBe(403)
  expect((await send(cookie, 'GET', '/me')).statusCode).toBe(200)
})

test('sessions that ended long ago are swept out by those that begin', async () => {
  const { members } = await house.tenant()
  await house.cookieOf(members.viewer)
  const mine = `user_id = (select id from app_user where email = $1)`
  const { email } = members.viewer
  await database.identity.query(`update session set expires_at = now() - interval '2 days' where ${mine}`, [email])
  await house.cookieOf(members.viewer)
  const { rowCount } = await database.identity.query(`select from session where ${mine}`, [email])
  expect(rowCount).toBe(1)
})
