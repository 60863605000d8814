// Several processes on one data directory, any of which may be killed at any time.

import { spawn } from 'node:child_process'
import { chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  asRoot,
  cleanUp,
  connectionOf,
  makeDirectory,
  nobody,
  postmasterPid,
  query,
  silent,
  start,
  startElsewhere,
} from './embedded-fixture.ts'
import { exists } from './presence.ts'

afterAll(cleanUp)

const patience = { timeout: 30_000, interval: 2 }

describe('two processes that start at once', () => {
  it('share one server, which stays until the second has left too', async () => {
    const dataDir = await makeDirectory()
    const both = [startElsewhere(dataDir), startElsewhere(dataDir)]
    const sayings = await Promise.all(both.map(({ started }) => started))
    expect(
      sayings
        .map(({ adopted, error }) => ({ adopted, error }))
        .toSorted((a, b) => Number(a.adopted) - Number(b.adopted)),
    ).toEqual([{ adopted: false }, { adopted: true }])
    const owner = both[sayings.findIndex(({ adopted }) => !adopted)]
    const adopter = both[sayings.findIndex(({ adopted }) => adopted)]
    if (owner === undefined || adopter === undefined) throw new Error('unreachable')
    const pid = await postmasterPid(dataDir)
    await owner.stop()
    expect(await query(await connectionOf(adopter), 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await postmasterPid(dataDir)).toBe(pid)
    await adopter.stop()
    expect(await exists(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false)
    expect(await readdir(join(dataDir, 'users'))).toEqual([])
  })
})

it('a start that was killed while it created the database leaves nothing that confuses the next', async () => {
  const dataDir = await makeDirectory()
  const first = startElsewhere(dataDir)
  await vi.waitFor(async () => {
    const staging = (await readdir(dataDir)).find((entry) => entry.startsWith('cluster-new-'))
    expect(await exists(join(dataDir, staging ?? 'none', 'cluster', 'PG_VERSION'))).toBe(true)
  }, patience)
  await first.kill()
  expect(await exists(join(dataDir, 'cluster'))).toBe(false)
  const server = await start(dataDir)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  expect((await readdir(dataDir)).filter((entry) => entry.startsWith('cluster-new-'))).toEqual([])
})

describe('after a kill', () => {
  let dataDir: string

  beforeAll(async () => {
    dataDir = await makeDirectory()
    const server = await start(dataDir)
    await query(server.connection, 'create table kept (n int)')
    await server.stop()
  })

  it('of the process that started it, the server is found again and stopped by who found it', async () => {
    const parent = startElsewhere(dataDir)
    await query(await connectionOf(parent), 'insert into kept values (1)')
    const pid = await postmasterPid(dataDir)
    await parent.kill()
    const server = await start(dataDir)
    expect(server.adopted).toBe(true)
    expect(await postmasterPid(dataDir)).toBe(pid)
    expect(await query(server.connection, 'select n from kept')).toEqual([{ n: 1 }])
    await server.stop()
    expect(await exists(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false)
  })

  it('of the server, the next start recovers what was acknowledged and says so', async () => {
    const warn = vi.fn<(fields: object, message: string) => void>()
    const first = await start(dataDir, { log: { ...silent, warn } })
    await query(first.connection, 'insert into kept values (2)')
    process.kill(await postmasterPid(dataDir), 'SIGKILL')
    await vi.waitFor(
      () =>
        expect(warn).toHaveBeenCalledWith(
          expect.objectContaining({ reason: 'PostgreSQL ended (signal SIGKILL).' }),
          expect.stringContaining('ended unexpectedly'),
        ),
      patience,
    )
    const next = await start(dataDir, { log: { ...silent, warn } })
    expect(next.adopted).toBe(false)
    expect(warn).toHaveBeenLastCalledWith({ dataDir }, expect.stringContaining('recovers'))
    expect(await query(next.connection, 'select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }])
    await next.stop()
    await first.stop()
  })

  it('of the server, a zombie under its id does not stop the next start', async ({ skip }) => {
    skip(process.platform !== 'linux', 'zombies are told by /proc')
    const parent = startElsewhere(dataDir)
    await connectionOf(parent)
    const pid = await postmasterPid(dataDir)
    // A stopped parent does not reap.
    process.kill(parent.pid, 'SIGSTOP')
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '), patience)
    const server = await start(dataDir)
    expect(server.adopted).toBe(false)
    expect(await postmasterPid(dataDir)).not.toBe(pid)
    // It is stopped but alive, and still counts as a user.
    await server.stop()
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    await parent.kill()
    await (await start(dataDir)).stop()
    expect(await exists(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false)
  })

  it('of the server, another process under its id does not stop the next start', async () => {
    const stranger = spawn('sleep', ['60'], asRoot ? nobody : {})
    onTestFinished(() => void stranger.kill('SIGKILL'))
    await once(stranger, 'spawn')
    await writeFile(
      join(dataDir, 'cluster', 'postmaster.pid'),
      `${stranger.pid}\n${dataDir}/cluster\n0\n5432\n\n\n0 0\nready\n`,
    )
    const server = await start(dataDir)
    expect(server.adopted).toBe(false)
    await server.stop()
  })

  it('a server that answers but cannot be seen, as in another container, is left alone', async () => {
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid')
    await writeFile(pidFile, `4194305\n${dataDir}/cluster\n0\n5432\n\n\n0 0\nready\n`)
    const socketDir = join(dataDir, 'socket')
    await mkdir(socketDir)
    if (asRoot) await chown(socketDir, nobody.uid, nobody.gid)
    const hidden = createServer().listen(join(socketDir, '.s.PGSQL.5432'))
    await once(hidden, 'listening')
    await expect(start(dataDir)).rejects.toThrow('cannot see')
    hidden.close()
    await once(hidden, 'close')
    expect(await exists(pidFile)).toBe(true)
    const server = await start(dataDir)
    await server.stop()
  })
})

it('another user than root runs its own server', async ({ skip }) => {
  skip(!asRoot, 'only root can start a process as another user')
  const dataDir = await makeDirectory()
  await chown(dataDir, nobody.uid, nobody.gid)
  const other = startElsewhere(dataDir, nobody)
  expect(await query(await connectionOf(other), 'select 1 as one')).toEqual([{ one: 1 }])
  await other.stop()
  expect(await exists(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false)
})
