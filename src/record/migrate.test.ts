// What migrations promise, on a real server.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { asOwner, createEmptyDatabase, databaseKey, newId } from '../../tests/setup/database.ts'
import { openDatabase } from './database.ts'
import { migrate } from './migrate.ts'

const key = databaseKey()
const onError = (error: Error): void => expect.fail(error.message)

test('a new database gets every migration once; the second time there is nothing to do', async () => {
  const address = await createEmptyDatabase()
  const first = await migrate(address, key)
  expect(first.applied.at(0)).toBe('0001_foundation.sql')
  expect(first.applied).toEqual(first.applied.toSorted())
  expect(await migrate(address, key)).toEqual({ applied: [] })
})

test('two processes may migrate at once: one does it, the other finds it done', async () => {
  const address = await createEmptyDatabase()
  const results = await Promise.all([migrate(address, key), migrate(address, key), migrate(address, key)])
  const [done = [], ...others] = results.map(({ applied }) => applied).toSorted((a, b) => b.length - a.length)
  expect(done.length).toBeGreaterThan(0)
  expect(others).toEqual([[], []])
})

test('a database of a newer release is left alone, and the message names what is unknown', async () => {
  const address = await createEmptyDatabase()
  await migrate(address, key)
  await asOwner(address, (client) => client.query(`insert into schema_migrations (name) values ('9999_later.sql')`))
  await expect(migrate(address, key)).rejects.toThrow('newer release (9999_later.sql). Run that release')
})

test('a migration that fails leaves nothing of itself behind', async () => {
  const address = await createEmptyDatabase()
  await asOwner(address, (client) => client.query('create table journal (x integer)'))
  await expect(migrate(address, key)).rejects.toThrow('already exists')
  const { rows } = await asOwner(address, (client) => client.query(`select to_regclass('tenants') as found`))
  expect(rows).toEqual([{ found: null }])
})

test('after the installation key has changed, migrating gives the roles their new passwords', async () => {
  const address = await createEmptyDatabase()
  await migrate(address, key)
  const other = Buffer.alloc(32, 7)
  await migrate(address, other)
  const database = openDatabase(address, other, { onError })
  await expect(database.engine.query('select')).resolves.toBeDefined()
  await expect(database.api.query('select')).resolves.toBeDefined()
  await database.close()
})

test('an owner who is no superuser can migrate, as on a managed server', async () => {
  const shared = await createEmptyDatabase()
  const user = `${shared.database}_owner`
  await asOwner(shared, async (client) => {
    await client.query(`create role ${user} login createrole password 'owner'`)
    await client.query(`alter database ${shared.database} owner to ${user}`)
  })
  const address = { ...shared, user, password: 'owner' }
  await migrate(address, key)
  await migrate(address, key)
  const database = openDatabase(address, key, { onError })
  await database.engine.query('select from executions')
  await database.close()
})

test('executions of the first schema live on in the second, alive or ended, with their journals', async () => {
  const address = await createEmptyDatabase()
  const first = await readFile(new URL('./migrations/0001_foundation.sql', import.meta.url), 'utf8')
  const [api, engine] = [`${address.database}_api`, `${address.database}_engine`]
  const [tenant, alive, ended] = [newId(), newId(), newId()]
  await asOwner(address, async (client) => {
    await client.query(`create role ${api}; create role ${engine}`)
    await client.query(first.replaceAll('{api}', api).replaceAll('{engine}', engine))
    await client.query(`create table schema_migrations (name text primary key, applied_at timestamptz not null default now());
      insert into schema_migrations (name) values ('0001_foundation.sql')`)
    const insert = `insert into executions (tenant_id, id, workflow_id, version_id, status, runnable_at, inputs, trigger, started_by,
      created_at, started_at, ended_at, output, chain_pending) values ($1, $2, $1, $1, $3, $4, '{}', '{}', 'ana', now(), now(), $5, $6, $7)`
    const at = new Date('2026-11-21T12:00:00Z')
    await client.query(insert, [tenant, alive, 'waiting', at, null, null, false])
    await client.query(insert, [tenant, ended, 'completed', null, at, '{"total":3}', true])
    await client.query('select ensure_journal_partitions(now(), 2)')
    await client.query(
      `insert into journal (tenant_id, execution_id, seq, type, at) values ($1, $2, 1, 'execution.ended', now())`,
      [tenant, ended],
    )
  })
  expect((await migrate(address, key)).applied.at(0)).toBe('0002_live-executions.sql')
  const rows = (text: string) => asOwner(address, async (client) => (await client.query<object>(text, [tenant])).rows)
  expect(
    await rows(`select id, status, output from execution_states where tenant_id = $1 order by status desc`),
  ).toEqual([
    { id: alive, status: 'waiting', output: null },
    { id: ended, status: 'completed', output: { total: 3 } },
  ])
  expect(await rows('select id from live_executions where tenant_id = $1')).toEqual([{ id: alive }])
  expect(await rows('select execution_id from chained_ends where tenant_id = $1')).toEqual([{ execution_id: ended }])
  expect(await rows('select seq, type from journal where tenant_id = $1')).toEqual([
    { seq: 1, type: 'execution.ended' },
  ])
})
