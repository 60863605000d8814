// What a backup promises: one moment of everything, whole or not there, and a system that goes on from it.

// cspell:ignore Über tableoid
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBackup } from '../../src/record/backup.ts'
import { readBackupFile, writeBackupFile } from '../../src/record/backup-file.ts'
import { openBackup } from '../../src/record/backup-restore.ts'
import { type Database, type DatabaseAddress, openDatabase } from '../../src/record/database.ts'
import { migrate } from '../../src/record/migrate.ts'
import { TestEngine, readWholeJournals, startTestEngine, until } from '../engine/engine.test-kit.ts'
import { createEmptyDatabase, createTestTenant, databaseKey, openOwnDatabase } from '../setup/database.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'countersign-backup-'))
})
afterAll(() => rm(directory, { recursive: true }))

let count = 0
const newFile = (): string => join(directory, `${++count}.backup`)
const taken = new Date('2026-11-21T12:00:00Z')

async function backUp({ address }: Pick<Database, 'address'>): Promise<string> {
  const file = newFile()
  await writeBackupFile(file, readBackup(address, { product: '0.1.0', now: taken, keys: ['k1'] }))
  return file
}

async function emptyTarget(): Promise<DatabaseAddress> {
  const address = await createEmptyDatabase()
  await migrate(address, databaseKey())
  return address
}

async function restore(file: string, address?: DatabaseAddress): Promise<Database> {
  const target = address ?? (await emptyTarget())
  const backup = await openBackup(readBackupFile(file))
  await backup.restoreInto(target, taken)
  const database = openDatabase(target, databaseKey(), { onError: () => {} })
  afterAll(() => database.close())
  return database
}

/** Every table but the workers', as text, in an order that does not depend on where the rows lie. */
async function contentsOf(database: Database): Promise<Record<string, string[]>> {
  const contents: Record<string, string[]> = {}
  let table = ''
  let text = ''
  for await (const chunk of readBackup(database.address, { product: '', now: taken, keys: ['k1'] }))
    text += chunk.toString()
  for (const line of text.split('\n').slice(1)) {
    const [, name] = /^\{"table":"(\w+)"\}$/.exec(line) ?? []
    if (name !== undefined) contents[(table = name)] = []
    else if (line !== '\\.' && !line.startsWith('{"end"')) contents[table]?.push(line)
  }
  for (const lines of Object.values(contents)) lines.sort()
  return contents
}

const steps = [
  { id: 'a', action: 'log', config: { message: 'Über\t\\.\n"\u2028' } },
  { id: 'wait', action: 'delay', config: { for: '1s' }, depends_on: ['a'] },
  { id: 'b', action: 'log', config: { message: 'b' }, depends_on: ['wait'] },
]

test('a backup under load holds every execution whole or not at all, and what it holds is finished elsewhere', async () => {
  const busy = await startTestEngine()
  const ids: string[] = []
  const until300 = new AbortController()
  const starting = (async () => {
    for (let round = 0; !until300.signal.aborted; round++) {
      ids.push(
        ...(await busy.startMany(
          { name: 'load', steps },
          Array.from({ length: 20 }, () => ({ round })),
        )),
      )
      await pause(5)
    }
  })()
  await until(async () => (ids.length > 300 ? true : undefined))
  const file = await backUp(busy.database)
  const started = ids.length
  until300.abort()
  await starting
  const database = await restore(file)
  const { rows } = await database.engine.query<{ id: string; live: boolean; ended: boolean }>(
    `select e.id, l.id is not null as live, d.id is not null as ended from executions e
      left join live_executions l on l.id = e.id left join execution_ends d on d.id = e.id`,
  )
  expect(rows.length).toBeGreaterThan(300)
  expect(rows.length).toBeLessThanOrEqual(started)
  expect(rows.filter(({ live, ended }) => live === ended)).toEqual([])
  expect(rows.some(({ live }) => live)).toBe(true)
  const restored = rows.map(({ id }) => id)
  await readWholeJournals(database.engine, restored)
  const engine = new TestEngine(database, busy.tenant)
  await engine.engine.start()
  expect(await engine.allEnded(restored)).toEqual({ completed: restored.length })
  const journals = await readWholeJournals(database.engine, restored)
  await engine.engine.stop()
  expect([...journals.values()].filter((journal) => journal.at(-1) !== 'execution.ended')).toEqual([])
})

test('what is restored is what was backed up, byte by byte, and numbers go on where they were', async () => {
  const engine = await startTestEngine()
  await engine.run({ name: 'one', steps }, { text: 'tab\t line\n quote" \\ \u{1f600}', nothing: null })
  await engine.engine.stop()
  const before = await contentsOf(engine.database)
  const database = await restore(await backUp(engine.database))
  expect({ ...(await contentsOf(database)), workers: [] }).toEqual({ ...before, workers: [] })
  expect(before['journal']?.length).toBeGreaterThan(4)
  const sequence = `select last_value::text as last, is_called from approval_votes_ordinal_seq`
  expect((await database.engine.query(sequence).catch(() => undefined))?.rows).toEqual(
    (await engine.database.engine.query(sequence).catch(() => undefined))?.rows,
  )
})

test('partitions of the journal that a new database does not have are made first', async () => {
  const from = await openOwnDatabase()
  await from.engine.query(`select ensure_journal_partitions('2020-03-05', 1)`)
  await from.engine.query(
    `insert into journal (tenant_id, execution_id, at, seq, type) values
      (gen_random_uuid(), uuid_at('2020-03-10'), now(), 1, 'execution.paused')`,
  )
  const file = await backUp(from)
  await from.close()
  const database = await restore(file)
  const { rows } = await database.engine.query('select seq, tableoid::regclass::text as part from journal')
  expect(rows).toEqual([{ seq: 1, part: 'journal_2020_03' }])
})

test('the file holds no key unless it was asked for, and says which key it belongs to', async () => {
  const database = await openOwnDatabase()
  const file = await backUp(database)
  const text = gunzipSync(await readFile(file)).toString()
  expect(text).not.toContain(databaseKey().toString('base64url'))
  expect(JSON.parse(text.split('\n', 1)[0] ?? '')).toMatchObject({
    countersign_backup: 1,
    taken_at: taken.toISOString(),
    keys: ['k1'],
  })
  const options = { product: '0.1.0', now: taken, keys: ['k1'], keyFile: 'the key' }
  const withKey = newFile()
  await writeBackupFile(withKey, readBackup(database.address, options))
  expect((await openBackup(readBackupFile(withKey))).start.key_file).toBe('the key')
  await database.close()
})

test('a database that is in use is left alone', async () => {
  const from = await openOwnDatabase()
  const file = await backUp(from)
  const tenant = await createTestTenant(from)
  await expect(restore(file, from.address)).rejects.toThrow('it holds a tenant')
  expect((await from.engine.query('select id from tenants')).rows).toEqual([{ id: tenant.id }])
  await from.close()
})

test('a name that is taken is refused, and nothing is overwritten', async () => {
  const database = await openOwnDatabase()
  const file = newFile()
  await writeFile(file, 'mine')
  await expect(
    writeBackupFile(file, readBackup(database.address, { product: '', now: taken, keys: ['k1'] })),
  ).rejects.toThrow('exists')
  expect(await readFile(file, 'utf8')).toBe('mine')
  await database.close()
})

test.each<[string, (text: string) => string, string]>([
  ['a changed row', (text) => text.replace('Acme', 'Evil'), 'damaged'],
  ['a missing row', (text) => text.replace(/\n[^\n]*dora@acme[^\n]*/, ''), 'damaged'],
  [
    'another release',
    (text) => text.replace('0001_foundation.sql', '0001_foundation.sql","9999_future.sql'),
    'newer release',
  ],
  ['an older release', (text) => text.replace(/,"0002_[^"]*"/, ''), 'older release'],
  ['other tables', (text) => text.replace('"slug"', '"slugs"'), 'The tables of the backup are not those'],
  ['something appended', (text) => `${text}more\n`, 'damaged'],
  [
    'a statement as a bound',
    (text) => text.replace('"partitions":[', '"partitions":[{"table":"journal","name":"x","bound":"; drop table x"},'),
    'no backup',
  ],
  ['another file', () => 'hello\n', 'no backup'],
  ['an empty file', () => '', 'not whole'],
])('%s is found, and nothing is restored', async (_, change, message) => {
  const from = await openOwnDatabase()
  await createTestTenant(from)
  const file = await backUp(from)
  const text = gunzipSync(await readFile(file)).toString()
  expect(change(text)).not.toBe(text)
  await writeFile(file, gzipSync(change(text)))
  const target = await emptyTarget()
  await expect(restore(file, target)).rejects.toThrow(message)
  const database = openDatabase(target, databaseKey(), { onError: () => {} })
  expect((await database.engine.query('select from tenants')).rowCount).toBe(0)
  await Promise.all([from.close(), database.close()])
})

test('a file that was cut off, or is not compressed, is refused', async () => {
  const from = await openOwnDatabase()
  await createTestTenant(from)
  const file = await backUp(from)
  const target = await emptyTarget()
  await truncate(file, (await readFile(file)).length - 30)
  await expect(restore(file, target)).rejects.toThrow(/not whole|damaged/)
  await appendFile(file, 'x')
  await writeFile(file, 'plain')
  await expect(restore(file, target)).rejects.toThrow('cannot be unpacked')
  await expect(restore(join(directory, 'nowhere'), target)).rejects.toThrow('There is no file')
  await from.close()
})

test('a backup that is killed half-way leaves nothing under its name', async () => {
  const from = await openOwnDatabase()
  await from.engine.query(
    `insert into journal (tenant_id, execution_id, at, seq, type, data)
      select gen_random_uuid(), uuid_at(now()), now(), n, 'execution.paused', jsonb_build_object('text', repeat(md5(n::text), 20))
      from generate_series(1, 20000) n`,
  )
  const file = newFile()
  const program = fileURLToPath(new URL('backup-process.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(from.address), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const left = (await readdir(directory)).filter((name) => name.startsWith(basename(file)))
  expect(left).toEqual([expect.stringContaining('.partial-')])
  await from.close()
})
