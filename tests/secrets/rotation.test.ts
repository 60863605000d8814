// A new key for the installation, in processes that are killed: whatever the moment, every secret opens, and it can be finished.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rotateKey } from '../../src/governance/key-rotation.ts'
import { asTenant, type Database, inTransaction, openDatabase } from '../../src/record/database.ts'
import { KeyRing, openKeyRing } from '../../src/record/key-ring.ts'
import { migrate } from '../../src/record/migrate.ts'
import { alone, countOtherKeys } from '../../src/record/sealed-secrets.ts'
import { openSigningSecrets, sealSigningSecret } from '../../src/record/signing-secrets.ts'
import { insertSubscription } from '../../src/record/subscriptions.ts'
import { asOwner, createTestTenant, databaseKey, newId, openOwnDatabase } from '../setup/database.ts'
import { valueOf } from '../setup/triggers.ts'
import { openKeeper, set } from './house.ts'

const program = fileURLToPath(new URL('./rotate-process.ts', import.meta.url))
let database: Database
let directory: string
let keyFile: string
beforeEach(async () => {
  database = await openOwnDatabase()
  directory = await mkdtemp(join(tmpdir(), 'countersign-rotation-'))
  keyFile = join(directory, 'key')
  await writeFile(keyFile, `${databaseKey().toString('base64url')}\n`, { mode: 0o600 })
})
afterEach(async () => {
  await database.close()
  await rm(directory, { recursive: true })
})

/** Three tenants with 150 secrets each: five batches. */
async function fill(keys: KeyRing): Promise<string[]> {
  const tenants = [await createTestTenant(database), await createTestTenant(database), await createTestTenant(database)]
  for (const { id } of tenants) await set(database, id, valuesOf(id), keys)
  return tenants.map(({ id }) => id)
}

const valuesOf = (tenantId: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`S${index}`, `value ${index} of ${tenantId}`]))

async function expectAllOpen(tenants: readonly string[], keys: KeyRing): Promise<void> {
  for (const id of tenants) {
    const { values, problems } = await openKeeper(database, { keys }).secretsOf(id, [])
    expect(problems.size).toBe(0)
    expect(values).toEqual(valuesOf(id))
  }
}

const lines = async (): Promise<number> => (await readFile(keyFile, 'utf8')).trim().split('\n').length

/** Runs a rotation in a process; `until` kills it once it has said so. */
async function rotateInProcess(until?: string): Promise<string> {
  const child = spawn(process.execPath, [
    program,
    JSON.stringify({ keyFile, address: database.address, standStillAt: until }),
  ])
  let said = ''
  let complained = ''
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (until !== undefined && said.includes(`${until}\n`)) child.kill('SIGKILL')
  })
  await once(child, 'close')
  expect(complained).toBe('')
  expect(child.signalCode).toBe(until === undefined ? null : 'SIGKILL')
  return said
}

test.each(['new key', 'batch 100', 'batch 300'])(
  'killed after "%s" it leaves secrets that all open, and goes on',
  async (point) => {
    const tenants = await fill(await openKeyRing(keyFile))
    const said = await rotateInProcess(point)
    expect(said).not.toContain('done')
    const half = await openKeyRing(keyFile)
    expect(await lines()).toBe(2)
    expect(await countOtherKeys(database.engine, half.current.id)).toBeGreaterThan(0)
    await expectAllOpen(tenants, half)
    expect(await rotateInProcess()).toContain('"isNewKey":false')
    // Not a third key.
    expect(await lines()).toBe(2)
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
    expect(await countOtherKeys(database.engine, half.current.id)).toBe(0)
    // The old line is needed no more.
    await expectAllOpen(tenants, new KeyRing(keyFile, [half.current.secret]))
  },
)

const rotate = async (keys: KeyRing) => valueOf(await rotateKey({ database, keys, onBatch: () => {} }))

test('a running process opens and seals with the new key without a restart, and logs in as before', async () => {
  const running = await openKeyRing(keyFile)
  const { id } = await createTestTenant(database)
  await set(database, id, { KEY: 'value' }, running)
  const keeper = openKeeper(database, { keys: running })
  const { keyId } = await rotate(await openKeyRing(keyFile))
  expect((await keeper.secretsOf(id, [])).values).toEqual({ KEY: 'value' })
  await set(database, id, { KEY: 'newer', MORE: 'another' }, await openKeyRing(keyFile))
  expect(await countOtherKeys(database.engine, keyId)).toBe(0)
  // The next start derives the roles' passwords anew.
  const keys = await openKeyRing(keyFile)
  await migrate(database.address, keys.oldest.secret)
  const again = openDatabase(database.address, databaseKey(), { onError: () => {} })
  await asTenant(again, id, (client) => client.query('select 1'))
  await again.close()
})

test('a line that was added by hand is taken up, not another one made', async () => {
  const { id } = await createTestTenant(database)
  await set(database, id, { KEY: 'value' }, await openKeyRing(keyFile))
  await writeFile(keyFile, `${Buffer.alloc(32, 7).toString('base64')}\n${await readFile(keyFile, 'utf8')}`)
  expect(await rotate(await openKeyRing(keyFile))).toMatchObject({ isNewKey: false, resealed: 1 })
  expect(await lines()).toBe(2)
})

test('signing secrets of webhooks and subscriptions are sealed anew as well', async () => {
  const keys = await openKeyRing(keyFile)
  const { id: tenantId } = await createTestTenant(database)
  const [owner, workflowId] = [{ tenantId, id: newId() }, newId()]
  const webhook = { tenantId, workflowId, position: 0 }
  const given = { url: 'https://a.example', description: null, eventTypes: ['*'], workflow: null, createdBy: 'x' }
  await inTransaction(database.engine, async (client) => {
    await insertSubscription(client, {
      ...owner,
      ...given,
      createdAt: new Date(),
      secret: sealSigningSecret(keys, owner, 'one'),
    })
    await client.query(
      `insert into workflows (tenant_id, id, name, status, current_version, created_at) values ($1, $2, 'w', 'active', 1, now())`,
      [tenantId, workflowId],
    )
    await client.query(
      `insert into webhook_secrets (tenant_id, workflow_id, position, secret, set_at, previous_secret, previous_expires_at)
        values ($1, $2, 0, $3, now(), $4, now())`,
      [tenantId, workflowId, sealSigningSecret(keys, webhook, 'two'), sealSigningSecret(keys, webhook, 'three')],
    )
  })
  expect(await rotate(keys)).toMatchObject({ resealed: 2, unopened: [] })
  const fresh = new KeyRing(keyFile, [keys.current.secret])
  const pairs = `secret, previous_secret as "previousSecret", previous_expires_at as "previousExpiresAt"`
  const read = async (table: string) => (await database.engine.query(`select ${pairs} from ${table}`)).rows[0]
  expect(openSigningSecrets(fresh, owner, await read('subscriptions'), 0)).toEqual(['one'])
  expect(openSigningSecrets(fresh, webhook, await read('webhook_secrets'), 0)).toEqual(['two', 'three'])
})

test('what does not open stays and is named, and the rest is sealed anew', async () => {
  const keys = await openKeyRing(keyFile)
  const { id } = await createTestTenant(database)
  await set(database, id, { GOOD: 'value', BAD: 'value', LOST: 'value' }, keys)
  await asOwner(database.address, async (client) => {
    await client.query(`update secrets set version = 9 where name = 'BAD'`)
    await client.query(`update secrets set key_id = 'gone' where name = 'LOST'`)
  })
  const first = await rotate(keys)
  expect(first).toMatchObject({ isNewKey: true, resealed: 1 })
  expect(first.unopened).toEqual([`the secret BAD of tenant ${id}`, `the secret LOST of tenant ${id}`])
})

test('of two at once one is refused', async () => {
  const keys = await openKeyRing(keyFile)
  await alone(database.engine, async () => {
    expect(await rotateKey({ database, keys, onBatch: () => {} })).toMatchObject({
      ok: false,
      problems: [{ code: 'conflict' }],
    })
  })
  expect(await lines()).toBe(1)
})
