// What single sign-on promises: whoever a provider vouches for is let in where they belong, and nobody else.

import { afterAll, expect, test } from 'vitest'
import { newId, openTestDatabase } from '../setup/database.ts'
import { openAccessHouse } from './access-house.test-kit.ts'
import { client, startOidcProvider } from './oidc-provider.test-kit.ts'

const provider = await startOidcProvider()
afterAll(() => provider.close())
const database = openTestDatabase()
const oidc = { issuer: provider.issuer, name: 'Acme ID', ...client }
const house = await openAccessHouse(database, { oidc })
const { send } = house

const cookiesOf = (header: unknown): string =>
  [header]
    .flat()
    .map((text) => String(text).split(';', 1)[0])
    .join('; ')

/** Walks the whole way as a browser does. */
async function signIn(tamper: (back: URL) => void = () => {}) {
  const started = await send(undefined, 'POST', '/auth/sign-in/oauth2')
  expect(started.statusCode).toBe(200)
  const asked = await fetch(started.json().url, { redirect: 'manual' })
  const back = new URL(asked.headers.get('location') ?? '')
  tamper(back)
  const cookie = cookiesOf(started.headers['set-cookie'])
  const finished = await house.app.inject({ method: 'GET', url: back.pathname + back.search, headers: { cookie } })
  expect(finished.statusCode).toBe(302)
  const session = [finished.headers['set-cookie']]
    .flat()
    .map(String)
    .find((text) => text.startsWith('countersign.session_token='))
  return { to: String(finished.headers.location), cookie: session?.split(';', 1)[0], back, browser: cookie }
}

const vouchFor = (email: string, given: object = {}): void => {
  provider.person = { sub: newId(), email, email_verified: true, name: 'Mara Lind', ...given }
  provider.claims = {}
  provider.isForged = false
}

test('a member whom the provider vouches for is signed in, the second time as the same user', async () => {
  const { members, slug } = await house.tenant()
  vouchFor(members.builder.email)
  const first = await signIn()
  expect(first.to).toBe(`${house.url}/docs`)
  const me = await send(first.cookie, 'GET', '/me')
  expect(me.json()).toMatchObject({ id: members.builder.id, role: 'builder', tenant: { slug } })
  const second = await signIn()
  expect((await send(second.cookie, 'GET', '/me')).json()).toMatchObject({ id: members.builder.id })
  const { rowCount } = await database.identity.query('select from app_user where email = $1', [members.builder.email])
  expect(rowCount).toBe(1)
})

test('who is invited joins by signing in', async () => {
  const { members, slug } = await house.tenant()
  const email = `sso-${newId()}@example.com`
  await send(await house.keyOf(members.owner), 'POST', '/invitations', { email, role: 'operator' })
  vouchFor(email)
  const { cookie } = await signIn()
  expect((await send(cookie, 'GET', '/me')).json()).toMatchObject({
    email,
    name: 'Mara Lind',
    role: 'operator',
    tenant: { slug },
  })
})

test('whom nobody expects is told so, and no user is made', async () => {
  const email = `stranger-${newId()}@example.com`
  vouchFor(email)
  const { to, cookie } = await signIn()
  expect(cookie).toBeUndefined()
  expect(to).toContain('error=not_invited')
  const page = await house.app.inject({ method: 'GET', url: to.slice(house.url.length) })
  expect(page.body).toContain('nobody has invited you here')
  const { rowCount } = await database.identity.query('select from app_user where email = $1', [email])
  expect(rowCount).toBe(0)
})

test('an address that the provider does not vouch for opens nothing, neither a new user nor one who is there', async () => {
  const { members } = await house.tenant()
  vouchFor(members.owner.email, { email_verified: false })
  expect((await signIn()).to).toContain('error=email_not_verified')
  await house.cookieOf(members.owner)
  const second = await signIn()
  expect(second.cookie).toBeUndefined()
  expect(second.to).toContain('error=account_not_linked')
})

test.each([
  ['signed by somebody else', () => (provider.isForged = true)],
  ['of another issuer', () => (provider.claims = { iss: 'https://evil.example' })],
  ['for another client', () => (provider.claims = { aud: 'another' })],
  ['that has expired', () => (provider.claims = { exp: 1 })],
  ['of another sign-in', () => (provider.claims = { nonce: 'another' })],
])('an ID token %s is refused', async (_, spoil) => {
  const { members } = await house.tenant()
  vouchFor(members.owner.email)
  spoil()
  const { cookie, to } = await signIn()
  expect(cookie).toBeUndefined()
  expect(to).toContain('/sign-in?error=')
})

test('a callback that this browser did not begin, or that comes twice, signs nobody in', async () => {
  const { members } = await house.tenant()
  vouchFor(members.owner.email)
  expect((await signIn((back) => back.searchParams.set('state', 'another'))).cookie).toBeUndefined()
  const { back, browser, cookie } = await signIn()
  expect(cookie).toBeDefined()
  const url = back.pathname + back.search
  const elsewhere = await house.app.inject({ method: 'GET', url })
  expect(String(elsewhere.headers.location)).toContain('error=')
  const again = await house.app.inject({ method: 'GET', url, headers: { cookie: browser } })
  expect(String(again.headers.location)).toContain('error=')
})

test('an account that was made before by somebody who never proved the address is taken over clean', async () => {
  const { members } = await house.tenant()
  const email = `prey-${newId()}@example.com`
  const { url } = (
    await send(await house.keyOf(members.owner), 'POST', '/invitations', { email, role: 'viewer' })
  ).json()
  const password = 'the password of an impostor'
  const body = { token: url.split('=')[1], name: 'Impostor', password }
  const held = cookiesOf((await send(undefined, 'POST', '/invitations/accept', body)).headers['set-cookie'])
  vouchFor(email)
  const { cookie } = await signIn()
  expect((await send(cookie, 'GET', '/me')).statusCode).toBe(200)
  expect((await send(held, 'GET', '/me')).statusCode).toBe(401)
  expect((await send(undefined, 'POST', '/auth/sign-in/email', { email, password })).statusCode).toBe(401)
})

test('the page sends the browser on, and what the provider handed out is kept nowhere', async () => {
  const page = await house.app.inject({ method: 'GET', url: '/sign-in' })
  expect(page.body).toContain('Continue with Acme ID')
  const headers = { origin: house.url, 'content-type': 'application/x-www-form-urlencoded' }
  const onward = await house.app.inject({ method: 'POST', url: '/sign-in', headers, payload: 'provider=oidc' })
  expect(onward.body).toContain(`${provider.issuer}/authorize?`)
  expect(cookiesOf(onward.headers['set-cookie'])).toContain('oauth_state')
  const { rows } = await database.identity.query('select * from account')
  for (const token of provider.handedOut) expect(JSON.stringify(rows)).not.toContain(token)
})

test('a provider that is away is said to be, and is found again once it is back', async () => {
  const { members } = await house.tenant()
  const gone = await startOidcProvider()
  await gone.close()
  const own = await openAccessHouse(database, { oidc: { ...oidc, issuer: gone.issuer } })
  const answer = await own.send(undefined, 'POST', '/auth/sign-in/oauth2')
  expect(answer.json()).toMatchObject({
    code: 'unavailable',
    detail: expect.stringContaining('Acme ID does not answer'),
  })
  expect(await own.cookieOf(members.viewer)).toContain('session_token')
  own.moveClock(5000)
  expect((await own.send(undefined, 'POST', '/auth/sign-in/oauth2')).statusCode).toBe(503)
})

test('without configuration there is none', async () => {
  const own = await openAccessHouse(database)
  expect((await own.send(undefined, 'POST', '/auth/sign-in/oauth2')).json()).toMatchObject({ code: 'not_configured' })
  const back = await own.app.inject({ method: 'GET', url: '/api/v1/auth/callback/oidc?code=a&state=b' })
  expect(String(back.headers.location)).toContain('/sign-in?error=')
})
