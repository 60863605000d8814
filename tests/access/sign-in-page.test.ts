// What the page promises: it works without a script, gives nothing away, and a GET uses no link up.

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { newId, openTestDatabase } from '../setup/database.ts'
import { openAccessHouse } from './access-house.test-kit.ts'

const database = openTestDatabase()
const house = await openAccessHouse(database)
const { app, url } = house

const get = (path: string) => app.inject({ method: 'GET', url: path })
const post = (fields: Record<string, string>, headers: Record<string, string> = { origin: url }) =>
  app.inject({
    method: 'POST',
    url: '/sign-in',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  })
const pathOf = (link: string): string => link.slice(url.length)
const tokenIn = (link: string): string => link.split('=')[1] ?? ''

test('who scans mail follows the link without using it up; the button does', async () => {
  const { members } = await house.tenant()
  const link = await house.people.signIn.makeLink(members.viewer.email, 'V')
  for (let index = 0; index < 3; index++) {
    const page = await get(pathOf(link))
    expect(page.statusCode).toBe(200)
    expect(page.headers['set-cookie']).toBeUndefined()
  }
  const token = tokenIn(link)
  const used = await post({ token })
  expect(used.statusCode).toBe(303)
  expect(used.headers.location).toBe('/docs')
  const cookie = String(used.headers['set-cookie']).split(';', 1)[0] ?? ''
  expect((await house.send(cookie, 'GET', '/me')).json()).toMatchObject({ id: members.viewer.id })
  const again = await post({ token })
  expect(again.statusCode).toBe(410)
  expect(again.body).toContain('role="alert"')
  expect(again.body).toContain('This link was used, or it has expired.')
})

test('a form of another site, or of nowhere, does nothing', async () => {
  const { members } = await house.tenant()
  const token = tokenIn(await house.people.signIn.makeLink(members.viewer.email, 'V'))
  for (const headers of [{ origin: 'https://evil.example' }, {}]) {
    const refused = await post({ token }, headers)
    expect(refused.statusCode).toBe(403)
    expect(refused.headers['set-cookie']).toBeUndefined()
  }
  expect((await post({ token }, { origin: 'null', 'sec-fetch-site': 'same-origin' })).statusCode).toBe(303)
})

test('the page loads nothing, runs nothing and is framed by nobody', async () => {
  const page = await get('/sign-in?token=abc')
  const policy = String(page.headers['content-security-policy'])
  const style = /<style>([^]*)<\/style>/.exec(page.body)?.[1] ?? ''
  expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  expect(policy).toMatch(/^default-src 'none';/)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(page.body).not.toMatch(/<script|<link|<img|style="|https?:\/\/(?!www\.w3)/)
  expect(page.headers).toMatchObject({ 'referrer-policy': 'same-origin', 'cache-control': 'no-store' })
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
})

test('what stands in the address is shown as text', async () => {
  const page = await get(`/sign-in?token=${encodeURIComponent('"><script>alert(1)</script>')}`)
  expect(page.body).not.toContain('<script>')
  expect(page.body).toContain('&lt;script&gt;')
  const error = await get(`/sign-in?error=${encodeURIComponent('<b>constructor')}`)
  expect(error.body).not.toContain('<b>')
  expect((await get('/sign-in?error=constructor')).body).toContain('Single sign-on did not work out.')
  expect((await get('/sign-in?error=a&error=b')).statusCode).toBe(200)
})

test('each kind of link has its form, with labels and a language', async () => {
  const labels = async (path: string) =>
    [...(await get(path)).body.matchAll(/<label>([^<]+) </g)].map(([, text]) => text)
  expect(await labels('/sign-in')).toEqual(['E-mail', 'Password'])
  expect(await labels('/sign-in?invitation=a')).toEqual(['Name', 'Password'])
  expect(await labels('/sign-in?reset=a')).toEqual(['Password'])
  expect(await labels('/sign-in?token=a')).toEqual([])
  expect((await get('/sign-in')).body).toMatch(/<html lang="en">[^]*<title>[^<]+· Countersign<\/title>/)
})

test('an invitation is accepted, a password set and used, all on the page', async () => {
  const { members } = await house.tenant()
  const email = `page-${newId()}@example.com`
  const made = await house.send(await house.keyOf(members.owner), 'POST', '/invitations', { email, role: 'viewer' })
  const invitation = tokenIn(made.json().url)
  expect((await get(pathOf(made.json().url))).body).toContain('You are invited.')
  const short = await post({ invitation, name: 'Pat', new_password: 'short' })
  expect(short.statusCode).toBe(422)
  expect(short.body).toContain(`value="${invitation}"`)
  expect((await post({ invitation, name: '', new_password: '' })).statusCode).toBe(422)
  expect((await post({ invitation, name: 'Pat', new_password: 'a long sentence is good' })).statusCode).toBe(303)
  const wrong = await post({ email, password: 'something else' })
  expect(wrong.statusCode).toBe(401)
  expect(wrong.body).toContain(`value="${email}"`)
  expect(wrong.body).not.toContain('something else')
  expect((await post({ email, password: 'a long sentence is good' })).headers.location).toBe('/docs')
  await house.send(undefined, 'POST', '/auth/request-password-reset', { email })
  await expect.poll(() => house.letters.findLast(({ to }) => to === email)?.text).toContain('reset=')
  const reset = /reset=(\S+)/.exec(house.letters.findLast(({ to }) => to === email)?.text ?? '')?.[1] ?? ''
  const set = await post({ reset, new_password: 'quite another sentence' })
  expect(set.headers.location).toBe('/sign-in')
  expect((await post({ reset, new_password: 'quite another sentence' })).statusCode).toBe(410)
  expect((await post({ email, password: 'quite another sentence' })).statusCode).toBe(303)
})

test('a form that is none of ours, or too large, is refused', async () => {
  expect((await post({ hello: 'x' })).statusCode).toBe(422)
  expect((await post({ invitation: 'a', name: '\0', new_password: 'a long sentence is good' })).statusCode).toBe(422)
  expect((await post({ provider: 'oidc' })).statusCode).toBe(422)
  expect((await post({ token: 'x'.repeat(20_000) })).statusCode).toBe(413)
  const json = await app.inject({ method: 'POST', url: '/sign-in', headers: { origin: url }, payload: { token: 'a' } })
  expect(json.statusCode).toBe(422)
})
