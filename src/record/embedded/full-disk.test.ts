// A disk that fills up under the server: it ends with a clear sentence, and nothing that was acknowledged is lost.

import { execFileSync } from 'node:child_process'
import { chmod, open, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { Client } from 'pg'
import { cleanUp, makeDirectory, query, silent, start, stopEverything } from './embedded-fixture.ts'
import { errorCode } from './failure.ts'

let disk: string | undefined

afterAll(async () => {
  await stopEverything()
  if (disk !== undefined) execFileSync('umount', [disk])
  await cleanUp()
})

/** A file system of its own in memory, or why there can be none. */
async function mountDisk(megabytes: number): Promise<{ path: string; refused?: string }> {
  const path = await makeDirectory()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe' })
  } catch (error) {
    return { path, refused: String(error) }
  }
  disk = path
  await chmod(path, 0o711)
  return { path }
}

async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w')
  try {
    for (;;) await handle.write(Buffer.alloc(64 * 1024))
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC') throw error
  } finally {
    await handle.close()
  }
}

/** Runs statements until one fails; returns how many were acknowledged, and the failure's code. */
async function untilRefused(
  client: Client,
  statement: (n: number) => string,
): Promise<{ acknowledged: number; code: string | undefined }> {
  for (let n = 1; ; n++) {
    try {
      await client.query(statement(n))
    } catch (error) {
      return { acknowledged: n - 1, code: errorCode(error) }
    }
  }
}

const diskFull = '53100'

it('a full disk stops the server with a clear sentence, and every acknowledged row is there afterwards', async ({
  skip,
}) => {
  const { path, refused } = await mountDisk(192)
  skip(refused !== undefined, `no file system of its own to fill: ${refused}`)
  const dataDir = join(path, 'data')
  const ballast = join(path, 'ballast')
  const warn = vi.fn<(fields: object, message: string) => void>()
  const server = await start(dataDir, { log: { ...silent, warn } })
  const client = new Client(server.connection)
  client.on('error', () => {})
  await client.connect()
  await client.query('create table kept (n int primary key, padding text)')
  await fill(ballast)
  await truncate(ballast, (await stat(ballast)).size - 2 * 1024 * 1024)

  const rows = await untilRefused(client, (n) => `insert into kept values (${n}, repeat('x', 500))`)
  expect(rows.code).toBe(diskFull)
  expect(rows.acknowledged).toBeGreaterThan(100)
  // The write-ahead log cannot grow either: this is where PostgreSQL gives up.
  expect(
    await untilRefused(client, () => `select pg_logical_emit_message(true, '', repeat('x', 1000000))`),
  ).toMatchObject({ code: diskFull })
  await vi.waitFor(
    () =>
      expect(warn).toHaveBeenCalledWith(
        expect.objectContaining({ reason: `No space left on the device that holds ${dataDir}.` }),
        expect.any(String),
      ),
    30_000,
  )

  await expect(start(dataDir)).rejects.toMatchObject({
    name: 'EmbeddedServerError',
    message: `No space left on the device that holds ${dataDir}.`,
    hint: 'Free some space and start again; nothing that was acknowledged is lost.',
  })
  await rm(ballast)
  const next = await start(dataDir)
  const [found] = await query(next.connection, 'select count(*)::int as count, max(n) as last from kept')
  expect(found).toEqual({ count: rows.acknowledged, last: rows.acknowledged })
  await next.stop()
})
