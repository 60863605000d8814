// A server that is slow to come, to go or to answer, or that can be seen less closely.
// cspell:ignore setpriv

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { Client } from 'pg'
import { answeringDatabase } from './connection.ts'
import {
  asRoot,
  cleanUp,
  connectionOf,
  makeDirectory,
  query,
  silent,
  start,
  startElsewhere,
} from './embedded-fixture.ts'
import { exists } from './presence.ts'
import { openHome } from './home.ts'
import { runningPostmaster, stopPostmaster } from './postmaster.ts'

afterAll(cleanUp)
afterEach(() => void vi.restoreAllMocks())

let dataDir: string

beforeAll(async () => {
  dataDir = await makeDirectory()
  const server = await start(dataDir)
  await query(server.connection, 'create table kept as select 1 as n')
  await server.stop()
})

it('a server without a free connection is alive, and adopted', async () => {
  const server = await start(dataDir, { settings: { max_connections: '4' } })
  const clients = Array.from({ length: 4 }, () => new Client(server.connection))
  await Promise.all(clients.map((client) => client.connect()))
  const again = await start(dataDir)
  expect(again.adopted).toBe(true)
  await again.stop()
  await Promise.all(clients.map((client) => client.end()))
  await server.stop()
})

it('a server that takes too long to stop is cut off, says so, and has lost nothing', async () => {
  const warn = vi.fn<(fields: object, message: string) => void>()
  const server = await start(dataDir)
  await query(server.connection, 'insert into kept values (2)')
  await stopPostmaster(await openHome(dataDir), { ...silent, warn }, 0)
  expect(warn).toHaveBeenCalledWith(expect.anything(), expect.stringContaining('takes too long to stop'))
  const next = await start(dataDir)
  expect(await query(next.connection, 'select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }])
  await next.stop()
  await server.stop()
})

it('a server that still starts is waited for, and how far it is gets told', async () => {
  const home = await openHome(dataDir)
  const slow = spawn('sleep', ['60'], { cwd: home.cluster })
  onTestFinished(() => void slow.kill('SIGKILL'))
  await once(slow, 'spawn')
  await writeFile(join(home.cluster, 'postmaster.pid'), `${slow.pid}\n${home.cluster}\n0\n5432\n\n\n0 0\nstarting\n`)
  const info = vi.fn<(fields: object, message: string) => void>()
  let now = Date.now()
  vi.spyOn(Date, 'now').mockImplementation(() => (now += 6000))
  const waiting = runningPostmaster(home, { ...silent, info })
  await vi.waitFor(() => expect(info.mock.lastCall?.[1]).toContain('waiting for the embedded database'))
  expect(info.mock.lastCall?.[0]).toHaveProperty('server')
  slow.kill('SIGKILL')
  expect(await waiting).toBeUndefined()
  await rm(join(home.cluster, 'postmaster.pid'))
})

it('a server that does not answer is told from one that is not there', async () => {
  const home = await openHome(dataDir)
  const nowhere = { host: join(dataDir, 'nowhere'), port: 5432, user: 'a', password: 'b', database: 'c' }
  await expect(answeringDatabase(nowhere, home)).rejects.toThrow(/runs but does not answer: .*ENOENT/)
})

it('a server that answers with a refusal is named with its reason', async () => {
  const server = await start(dataDir)
  await query(server.connection, "create role guest login password 'guest'")
  const guest = { ...server.connection, user: 'guest', password: 'guest', database: 'missing' }
  await expect(answeringDatabase(guest, await openHome(dataDir))).rejects.toThrow(
    'permission denied to create database',
  )
  await server.stop()
})

it('root without the right to look into processes, as in a container, finds the server too', async ({ skip }) => {
  skip(!asRoot || !(await exists('/usr/bin/setpriv')), 'needs root and setpriv')
  const server = await start(dataDir)
  const confined = ['/usr/bin/setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-all']
  const other = startElsewhere(dataDir, {}, confined)
  await connectionOf(other)
  expect(await other.started).toMatchObject({ adopted: true })
  await server.stop()
  await other.stop()
  expect(await exists(join(dataDir, 'cluster', 'postmaster.pid'))).toBe(false)
})
