// What the database gives away: no token, key or password stands in any table, and only sign-in reads its own.

import { expect, test } from 'vitest'
import { asOwner, newId, openTestDatabase } from '../setup/database.ts'
import { openAccessHouse, tokenOf } from './access-house.test-kit.ts'

const database = openTestDatabase()
const house = await openAccessHouse(database)
const { send } = house
const password = 'a long sentence is a good one'

/** Every row of every table as text. */
async function dump(): Promise<string> {
  return asOwner(database.address, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I', table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    )
    const texts: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`)
      texts.push(...rows.map(({ row }) => row))
    }
    return texts.join('\n')
  })
}

test('no token, key or password is in any table', async () => {
  const { members } = await house.tenant()
  const secrets: string[] = [password]
  const cookie = await house.cookieOf(members.owner)
  const session = decodeURIComponent(cookie.split('=')[1] ?? '')
  secrets.push(session, session.split('.')[0] ?? '')
  secrets.push(tokenOf(await house.people.signIn.makeLink(members.viewer.email, 'V')))
  secrets.push((await send(cookie, 'POST', '/me/api-keys', { name: 'k' })).json().key)
  const { id } = (await send(cookie, 'POST', '/agents', { name: 'a' })).json()
  secrets.push((await send(cookie, 'POST', `/agents/${id}/api-keys`, { name: 'k' })).json().key)
  const email = `rest-${newId()}@example.com`
  const open = (await send(cookie, 'POST', '/invitations', { email: `x${email}`, role: 'viewer' })).json()
  const { url } = (await send(cookie, 'POST', '/invitations', { email, role: 'viewer' })).json()
  secrets.push(tokenOf(url), tokenOf(open.url))
  const accepted = await send(undefined, 'POST', '/invitations/accept', { token: tokenOf(url), name: 'N', password })
  secrets.push(decodeURIComponent(String(accepted.headers['set-cookie']).split(/[=;]/)[1] ?? '').split('.')[0] ?? '')
  await send(undefined, 'POST', '/auth/request-password-reset', { email })
  await expect.poll(() => house.letters.at(-1)?.text).toContain('reset=')
  secrets.push(/reset=(\S+)/.exec(house.letters.at(-1)?.text ?? '')?.[1] ?? '')

  const text = await dump()
  expect(text).toContain(email)
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20)
    // Keys and tokens are also looked for without their beginning.
    expect(text.includes(secret.slice(-20))).toBe(false)
    expect(text.includes(Buffer.from(secret).toString('hex'))).toBe(false)
  }
  expect(house.lines.join('\n')).not.toMatch(/cs_[\w-]{43}/)
})

test.each(['app_user', 'session', 'account', 'verification'])(
  'neither the API nor the engine reads %s',
  async (table) => {
    for (const pool of [database.api, database.engine]) {
      await expect(pool.query(`select * from ${table}`)).rejects.toThrow('permission denied')
    }
    await expect(database.identity.query(`select * from ${table} limit 1`)).resolves.toBeDefined()
  },
)

test.each(['workflows', 'executions', 'journal', 'approvals', 'audit_entries', 'forms'])(
  'sign-in does not read %s',
  async (table) => {
    await expect(database.identity.query(`select * from ${table}`)).rejects.toThrow('permission denied')
  },
)

test.each([
  `update members set role = 'owner'`,
  `update members set removed_at = now()`,
  `insert into api_keys select * from api_keys`,
  `update api_keys set revoked_at = null`,
  `update invitations set role = 'owner'`,
  `update tenants set name = 'x'`,
  `delete from members`,
])('sign-in may not %s', async (statement) => {
  await expect(database.identity.query(statement)).rejects.toThrow('permission denied')
})

test('the API sees the people of its tenant only, and none without one', async () => {
  await house.tenant()
  for (const table of ['invitations', 'agents', 'api_keys', 'councils', 'council_members', 'members']) {
    const { rowCount } = await database.api.query(`select * from ${table}`)
    expect(rowCount).toBe(0)
  }
})
