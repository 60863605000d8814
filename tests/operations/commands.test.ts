// backup, restore and migrate as commands: what they say, what they refuse, and how they end.

// cspell:ignore relname
import { mkdtemp, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addBackup } from '../../src/cli/commands/backup.ts'
import { addMigrate } from '../../src/cli/commands/migrate.ts'
import { addRestore } from '../../src/cli/commands/restore.ts'
import { failureOf } from '../../src/cli/refusal.ts'
import { readConfig } from '../../src/config.ts'
import { openHouse } from '../../src/main.ts'
import { appendAudit } from '../../src/record/audit.ts'
import type { DatabaseAddress } from '../../src/record/database.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { asOwner, createEmptyDatabase, createTestTenant } from '../setup/database.ts'

interface Ran {
  readonly end: string
  readonly out: string
  readonly err: string
}

interface Machine {
  readonly directory: string
  readonly address: DatabaseAddress
  readonly environment: Readonly<Record<string, string>>
  run(...words: readonly string[]): Promise<Ran>
}

/** A database of its own, and a directory for the key. */
async function machine(): Promise<Machine> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-commands-'))
  const address = await createEmptyDatabase()
  const environment = { COUNTERSIGN_DATA: directory, DATABASE_URL: urlOf(address) }
  return { directory, address, environment, run: (...words) => run(environment, words) }
}

function urlOf({ host, port, user, password = '', database }: DatabaseAddress): string {
  const [login, secret] = [user, password].map(encodeURIComponent)
  return `postgres://${login}:${secret}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}

async function run(environment: Readonly<Record<string, string>>, words: readonly string[]): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  let end = 'fine'
  const nobody = () => Promise.reject(new Error('Nobody is there to ask.'))
  const terminal = {
    print: (...lines: readonly string[]) => void out.push(...lines),
    complain: (...lines: readonly string[]) => void err.push(...lines),
    write: (text: string) => void out.push(text),
    paint: (_: unknown, text: string) => text,
    ...{ isLive: false, canAsk: false, isErrorLive: false, isBroken: false },
    size: () => ({ columns: 100, rows: 30 }),
    ...{ ask: nobody, askHidden: nobody, readInput: nobody },
    onInterrupt: () => () => {},
  }
  const line = { terminal, config: () => readConfig(environment), finish: (exit: string) => void (end = exit) }
  const program = new Command().exitOverride()
  for (const add of [addBackup, addRestore, addMigrate]) add(program, line)
  try {
    await program.parseAsync([...words], { from: 'user' })
  } catch (error) {
    const { message, hint = '' } = failureOf(error)
    end = 'refused'
    err.push(message, hint)
  }
  return { end, out: out.join('\n'), err: err.join('\n') }
}

/** A machine that has been in use. */
async function usedMachine(): Promise<Machine> {
  const used = await machine()
  const house = await openHouse(readConfig(used.environment), { log: () => {} })
  const tenant = await createTestTenant(house.database)
  const entry = { action: 'tenant.created', object: { type: 'tenant', id: tenant.id }, at: new Date() } as const
  await appendAudit(house.database.engine, operatorOf(tenant.id), entry)
  await house.close()
  return used
}

const backupOf = ({ directory }: Machine): string => join(directory, 'saved.backup')

test('what was backed up is restored on another machine that has the key', async () => {
  const [from, to] = [await usedMachine(), await machine()]
  const saved = await from.run('backup', backupOf(from))
  expect(saved).toMatchObject({
    end: 'fine',
    out: expect.stringMatching(/^Backed up \d+ rows of \d+ tables, [\d.]+ kB, to /),
  })
  expect(saved.err).toContain('The key is NOT in the file.')
  expect((await stat(backupOf(from))).mode & 0o777).toBe(0o600)
  await writeFile(join(to.directory, 'key'), await readFile(join(from.directory, 'key')))
  const restored = await to.run('restore', backupOf(from))
  expect(restored).toMatchObject({ end: 'fine', err: '' })
  expect(restored.out).toMatch(/Restored \d+ rows[^]*The audit is whole: 1 entries\.[^]*may be repeated/)
  const again = await to.run('restore', backupOf(from))
  expect(again).toMatchObject({ end: 'refused', err: expect.stringContaining('The database is in use') })
})

test('without the key nothing is opened, unless its loss is accepted; another key is not taken', async () => {
  const [from, to] = [await usedMachine(), await machine()]
  await from.run('backup', backupOf(from))
  const refused = await to.run('restore', backupOf(from))
  expect(refused).toMatchObject({ end: 'refused', err: expect.stringContaining('The key of the backup is not here') })
  expect(await readdir(to.directory)).toEqual([])
  await writeFile(join(to.directory, 'key'), `${Buffer.alloc(32, 7).toString('base64url')}\n`)
  expect((await to.run('restore', backupOf(from))).err).toContain('is not the one of the backup')
  expect(await to.run('restore', '--without-key', backupOf(from))).toMatchObject({ end: 'fine' })
})

test('with --with-key the key comes along', async () => {
  const [from, to] = [await usedMachine(), await machine()]
  expect((await from.run('backup', '--with-key', backupOf(from))).err).toContain('The key is in the file')
  expect(await to.run('restore', backupOf(from))).toMatchObject({ end: 'fine' })
  expect(await readFile(join(to.directory, 'key'), 'utf8')).toBe(await readFile(join(from.directory, 'key'), 'utf8'))
  expect((await stat(join(to.directory, 'key'))).mode & 0o777).toBe(0o600)
})

test('an audit that was changed in the backup is found after the restore', async () => {
  const [from, to] = [await usedMachine(), await machine()]
  await asOwner(from.address, (client) => client.query(`update audit_entries set action = 'nothing.happened'`))
  await from.run('backup', '--with-key', backupOf(from))
  const restored = await to.run('restore', backupOf(from))
  expect(restored.end).toBe('failed')
  expect(restored.err).toMatch(/The audit of "t-.*" has \d+ faults: npx countersign audit verify --tenant/)
})

test('a file that is no backup, one that is there already, and none at all are each one sentence', async () => {
  const from = await usedMachine()
  const file = backupOf(from)
  expect((await from.run('restore', file)).err).toContain(`There is no file ${file}.`)
  await from.run('backup', file)
  expect((await from.run('backup', file)).err).toContain('exists. Give another name')
  await rename(file, `${file}.moved`)
  await writeFile(file, 'hello')
  expect((await from.run('restore', file)).err).toContain('The backup is damaged, or no backup')
})

test('migrate --check names what is to be done and does nothing; migrate does it', async () => {
  const { run: command, address } = await machine()
  const check = await command('migrate', '--check')
  expect(check).toMatchObject({ end: 'failed', out: expect.stringContaining('0001_foundation.sql is to be applied.') })
  await asOwner(address, async (client) => {
    expect((await client.query(`select from pg_class where relname = 'schema_migrations'`)).rowCount).toBe(0)
  })
  expect((await command('migrate')).out).toContain('Applied 0001_foundation.sql.')
  expect(await command('migrate', '--check')).toMatchObject({ end: 'fine', out: 'The database is up to date.' })
  expect((await command('migrate')).out).toBe('The database is up to date.')
  await asOwner(address, (client) => client.query(`delete from schema_migrations where name = '0008_policies.sql'`))
  expect(await command('migrate', '--check')).toMatchObject({
    end: 'failed',
    out: '0008_policies.sql is to be applied.',
  })
})
