// What migrations promise, on a real server.

import { expect, test } from 'vitest'
import { asOwner, createEmptyDatabase, databaseKey } from '../../tests/setup/database.ts'
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
