// A start, the next one, and what the server promises in between.

import { mkdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from 'pg'
import { cleanUp, makeDirectory, query, start } from './embedded-fixture.ts'
import { exists } from './presence.ts'
import { createDatabase, type EmbeddedServer } from './server.ts'

afterAll(cleanUp)

describe('a server on a fresh directory', () => {
  let dataDir: string
  let server: EmbeddedServer

  beforeAll(async () => {
    dataDir = join(await makeDirectory(), "a folder, with spaces & 100% o'clock", 'data')
    server = await start(dataDir, { settings: { shared_buffers: '32MB' } })
  })

  it('is its own, in UTF-8, with checksums and an order that no system changes', async () => {
    expect(server.adopted).toBe(false)
    const rows = await query(
      server.connection,
      `select current_database() as name, pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale,
         current_setting('data_checksums') as checksums, lower('ÄÖ') as lowered from pg_database where datname = current_database()`,
    )
    expect(rows).toEqual([
      { name: 'countersign', encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', checksums: 'on', lowered: 'äö' },
    ])
  })

  it('is durable, listens on its socket alone, and takes settings over the defaults', async () => {
    const rows = await query(
      server.connection,
      `select name, current_setting(name) as value from pg_settings where name in
         ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'shared_buffers', 'jit', 'TimeZone', 'max_wal_size') order by name`,
    )
    expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      jit: 'off',
      listen_addresses: '',
      max_wal_size: '2GB',
      shared_buffers: '32MB',
      synchronous_commit: 'on',
      TimeZone: 'UTC',
    })
  })

  it('lets nobody in without the password, which only its owner can read', async () => {
    const client = new Client({ ...server.connection, password: 'guessed' })
    await expect(client.connect()).rejects.toThrow(/password authentication failed/)
    await expect(stat(join(dataDir, 'database.json'))).resolves.toMatchObject({ mode: 0o100600 })
    await expect(stat(server.connection.host)).resolves.toMatchObject({ mode: 0o040700 })
  })

  it('is reached by its url as by its parameters, and holds further databases of any name', async () => {
    const access = await createDatabase(server, 'Other "one" 50%')
    const client = new Client({ connectionString: access.url })
    await client.connect()
    const { rows } = await client.query('select current_database() as name')
    await client.end()
    expect(rows).toEqual([{ name: 'Other "one" 50%' }])
    expect(await query(access.connection, 'select current_database() as name')).toEqual(rows)
  })

  it('is found again by its own process, and stays until both have left', async () => {
    const again = await start(dataDir)
    expect(again.adopted).toBe(true)
    await again.stop()
    await again.stop()
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('makes its database once more where a killed start has not come to it', async () => {
    await query({ ...server.connection, database: 'postgres' }, 'drop database countersign')
    const again = await start(dataDir)
    await again.stop()
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('keeps its rows over a stop, also when the directory has moved', async () => {
    await query(server.connection, 'create table kept as select 42 as answer')
    await server.stop()
    expect(await exists(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false)
    const moved = `${dataDir} moved`
    await rename(dataDir, moved)
    const next = await start(moved)
    expect(next.adopted).toBe(false)
    expect(await query(next.connection, 'select answer from kept')).toEqual([{ answer: 42 }])
    await next.stop()
    expect(await readFile(join(moved, 'postgres.log'), 'utf8')).toContain('database system is shut down')
  })
})

it('puts the socket into the temporary directory where its path would be too long', async () => {
  const dataDir = join(await makeDirectory(), 'long'.repeat(30))
  await mkdir(dataDir, { mode: 0o711 })
  const server = await start(dataDir)
  expect(server.connection.host.startsWith(dataDir)).toBe(false)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  expect(await exists(server.connection.host)).toBe(false)
})
