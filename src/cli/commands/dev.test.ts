// What `countersign dev` promises: a way in for who has the machine, as a member of the role that was asked for.

import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { People } from '../../api/access/people.ts'
import { readConfig } from '../../config.ts'
import { type House, openHouse } from '../../main.ts'
import { type Desk, openDesk } from '../cli.test-kit.ts'
import { ensureDemoTenant, firstSignIn } from '../demo-tenant.ts'
import { plain } from '../terminal.ts'
import { addDev } from './dev.ts'

let desk: Desk
let house: House
let people: People

beforeAll(async () => {
  desk = await openDesk()
  const config = readConfig(desk.environment)
  house = await openHouse(config, { log: () => {} })
  const { database, now, newId, key } = house
  people = new People({ database, now, newId, key, url: config.url, oidc: undefined, post: undefined, log: () => {} })
})
afterAll(async () => {
  await people.close()
  await house.close()
})

/** What the command prints. */
async function run(...words: string[]): Promise<string> {
  const printed: string[] = []
  const none = (): never => expect.fail('nobody is asked')
  const terminal = {
    print: (...lines: string[]) => void printed.push(...lines),
    write: none,
    complain: () => {},
    ask: none,
    size: () => ({ columns: 80, rows: 24 }),
    ...plain,
  }
  const program = new Command('countersign').exitOverride().configureOutput({ writeErr: () => {} })
  const line = {
    terminal: Object.assign(Object.create(null), terminal),
    config: () => readConfig(desk.environment),
    finish: () => {},
  }
  addDev(program, line)
  await program.parseAsync(['dev', ...words], { from: 'user' })
  return printed.join('\n')
}

const visit = { headers: {}, address: '127.0.0.1', requestId: 'r' }

async function me(headers: Record<string, string>) {
  const known = await people.authenticator.authenticate({ method: 'GET', headers, address: '', requestId: '' })
  return known.ok ? known.value : known.problems
}

test('api-key prints a key of a member of the role, which works', async () => {
  const key = await run('api-key', '--tenant', 'demo', '--role', 'builder')
  expect(key).toMatch(/^cs_[\w-]{43}$/)
  expect(await me({ authorization: `Bearer ${key}` })).toMatchObject({ role: 'builder', name: 'Bella Builder' })
})

test('the first start has a link for the owner, until somebody has signed in', async () => {
  const tenant = await ensureDemoTenant(house)
  expect(await firstSignIn(house, people, tenant)).toMatch(/\/sign-in\?token=\w+$/)
  const link = await run('sign-in')
  const signedIn = await people.signIn.withLink(visit, link.split('=')[1] ?? '')
  if (!signedIn.ok) throw new Error('Not signed in')
  const cookie = people.sessionCookieOf(signedIn.value) ?? ''
  expect(await me({ cookie })).toMatchObject({ role: 'owner', name: 'Olivia Owner' })
  expect(await firstSignIn(house, people, tenant)).toBeUndefined()
})

test('a role that nobody has, a role that is none, and a tenant that is not there are refused', async () => {
  await expect(run('api-key', '--role', 'king')).rejects.toThrow('king')
  await expect(run('api-key', '--tenant', 'nowhere')).rejects.toThrow('There is no tenant "nowhere".')
  await house.database.engine.query(`update members set removed_at = now() where role = 'viewer'`)
  await expect(run('sign-in', '--role', 'viewer')).rejects.toThrow(
    'No member of the tenant "demo" has the role viewer.',
  )
})
