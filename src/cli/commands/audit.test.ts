// What `countersign audit` promises at the terminal: it says what it verified, names what is wrong, and ends with a code that tells.

import { Command } from 'commander'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { asOwner, newId } from '../../../tests/setup/database.ts'
import { readConfig } from '../../config.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import { openHouse, type House } from '../../main.ts'
import { appendAudit } from '../../record/audit.ts'
import { asTenant } from '../../record/database.ts'
import { insertTenant } from '../../record/tenants.ts'
import { type Desk, openDesk } from '../cli.test-kit.ts'
import type { Exit } from '../exit-code.ts'
import { plain, type Terminal } from '../terminal.ts'
import { addAudit } from './audit.ts'

let desk: Desk
let house: House
let slug: string
let tenantId: string

beforeAll(async () => {
  desk = await openDesk()
  house = await openHouse(readConfig(desk.environment), { log: () => {} })
})
afterAll(() => house.close())

beforeEach(async () => {
  tenantId = newId()
  slug = `t-${tenantId}`
  await insertTenant(house.database.engine, { id: tenantId, slug, name: 'Acme', createdAt: new Date() })
  const at = new Date('2026-11-21T12:00:00Z')
  const entries = ['a', 'b', 'c'].map((id) => ({
    action: 'secret.created' as const,
    object: { type: 'secret', id },
    at,
  }))
  await asTenant(house.database, tenantId, (client) => appendAudit(client, operatorOf(tenantId), entries))
})

interface Said {
  exit: Exit
  out: string
  err: string
}

/** As the program runs it, but for the terminal and the exit code. */
async function run(...words: string[]): Promise<Said> {
  const said: Said = { exit: 'fine', out: '', err: '' }
  const none = (): never => expect.fail('nobody is asked')
  const terminal: Terminal = {
    print: (...lines) => void (said.out += lines.map((line) => `${line}\n`).join('')),
    complain: (...lines) => void (said.err += lines.map((line) => `${line}\n`).join('')),
    write: (raw) => void (said.out += raw),
    ...{ paint: plain, isLive: false, canAsk: false, isErrorLive: false, isBroken: false },
    ...{
      size: () => ({ columns: 100, rows: 30 }),
      ask: none,
      askHidden: none,
      readInput: none,
      onInterrupt: () => () => {},
    },
  }
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => void (said.err += text) })
  addAudit(program, { terminal, config: () => readConfig(desk.environment), finish: (exit) => void (said.exit = exit) })
  await program.parseAsync(['audit', ...words, '--tenant', slug], { from: 'user' })
  return said
}

const tamper = (statement: string) => asOwner(house.database.address, (owner) => owner.query(statement, [tenantId]))

test('a whole chain is verified, and its head printed to be noted elsewhere', async () => {
  const { exit, out, err } = await run('verify')
  expect({ exit, err }).toEqual({ exit: 'fine', err: '' })
  expect(out).toMatch(new RegExp(`^Verified 3 entries of tenant ${slug}, head 3:[0-9a-f]{64}\\.\n`))
  expect(out).toContain('Seals of 0 executions were computed anew.')
  expect((await run('verify', '--from', '2', '--to', '2')).out).toContain('Verified 1 entry (2 to 2)')
})

test('what was done to it is named, and the command fails', async () => {
  await tamper(`update audit_entries set action = 'secret.deleted' where tenant_id = $1 and seq = 2`)
  await tamper(`delete from audit_entries where tenant_id = $1 and seq = 3`)
  const { exit, out, err } = await run('verify')
  expect(exit).toBe('failed')
  expect(err).toBe(
    'Entry 2 (2026-11-21T12:00:00.000000Z, secret.deleted) was changed: its hash does not match.\nEntry 3 is missing.\n',
  )
  expect(out).toContain('Read 2 entries')
  const { faults, verified } = JSON.parse((await run('verify', '--json')).out)
  expect(verified).toBe(false)
  expect(faults).toMatchObject([
    { kind: 'changed', seq: 2 },
    { kind: 'missing', seq: 3 },
  ])
})

test('a chain that was written anew is found by a head that was noted', async () => {
  const { out } = await run('verify')
  const [, head = ''] = /head (\S+)\.\n/.exec(out) ?? []
  expect((await run('verify', '--expect', head)).exit).toBe('fine')
  const other = `1:${'0'.repeat(64)}`
  const { exit, err } = await run('verify', '--expect', head, '--expect', other)
  expect(exit).toBe('failed')
  expect(err).toContain('Entry 1 was noted with the hash 000')
})

test('a value that cannot be one is refused', async () => {
  await expect(run('verify', '--expect', 'x')).rejects.toThrow('as verify prints them')
  await expect(run('verify', '--from', '0')).rejects.toThrow('the number of an entry')
  await expect(run('export', '--since', 'soon')).rejects.toThrow('must be a time')
})

test('entries are exported as lines of JSON', async () => {
  const { out } = await run('export', '--from', '2', '--until', '2027-01-01')
  const lines = out.split('\n').slice(0, -1)
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ seq: 2, object_id: 'b' }, { seq: 3 }])
  expect((await run('export', '--since', '2027-01-01T00:00:00Z')).out).toBe('')
})
