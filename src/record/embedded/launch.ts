// Launches a postmaster over whatever the last one left behind, and waits until it is ready.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cannotRun, serverEnvironment } from './cluster.ts'
import { EmbeddedServerError, explainExit } from './failure.ts'
import { makePrivate, type Home } from './home.ts'
import { findPostmaster, progressReport, readPidFile, type Postmaster } from './postmaster.ts'
import { openServerLog, sizeOfServerLog, tailOfServerLog, type EmbeddedLog } from './server-log.ts'
import { serverArguments, type ServerSettings } from './server-settings.ts'

const pollMs = 5
const retryMs = 30_000
const retryDelayMs = 50

/** Called under the lock, with no server running. Waits until the server is ready, through crash recovery if need be. */
export async function launchPostmaster(
  home: Home,
  postgres: string,
  settings: ServerSettings,
  log: EmbeddedLog,
): Promise<Postmaster> {
  if (process.platform !== 'win32') await makePrivate(home.socketDir, home.account)
  const retryUntil = Date.now() + retryMs
  for (;;) {
    await removeLeftovers(home, log)
    const launched = await tryLaunch(home, postgres, settings, log)
    if (!('leftBehind' in launched)) return launched
    if (Date.now() > retryUntil)
      throw await explainExit(home.dataDir, 'remains of the last server', launched.leftBehind)
    await delay(retryDelayMs)
  }
}

/**
 * PostgreSQL takes any live process with a recorded id for a server, even a zombie that nobody reaps. It was none: what
 * still guards the cluster then is PostgreSQL's check that no process is attached to its shared memory.
 */
async function removeLeftovers(home: Home, log: EmbeddedLog): Promise<void> {
  const socket = join(home.socketDir, '.s.PGSQL.5432')
  if (await answers(socket)) {
    throw new EmbeddedServerError(
      `A server that this process cannot see, perhaps in another container, already uses ${home.dataDir}.`,
      'Stop it, or give each its own data directory, or set DATABASE_URL to one PostgreSQL server for both.',
    )
  }
  await rm(`${socket}.lock`, { force: true })
  if ((await readPidFile(home.cluster)) === undefined) return
  log.warn({ dataDir: home.dataDir }, 'the embedded database was not shut down; it recovers what was acknowledged')
  await rm(join(home.cluster, 'postmaster.pid'), { force: true })
}

async function answers(socket: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  const connection = connect(socket)
  try {
    await once(connection, 'connect')
    return true
  } catch {
    return false
  } finally {
    connection.destroy()
  }
}

/** What a killed server leaves for a moment: children that are still attached, an id that is not yet reaped. */
const leftovers = /lock file ".*" already exists|shared memory block .* still in use/

async function tryLaunch(
  home: Home,
  postgres: string,
  settings: ServerSettings,
  log: EmbeddedLog,
): Promise<Postmaster | { readonly leftBehind: readonly string[] }> {
  const start = await sizeOfServerLog(home.log)
  const child = await spawnServer(home, postgres, settings)
  const report = progressReport(home, log)
  while (child.exitCode === null && child.signalCode === null) {
    const found = await findPostmaster(home.cluster)
    if (found?.pid === child.pid && found?.status === 'ready') {
      child.once('exit', () => void reportExit(home, log, start, child))
      return found
    }
    await report()
    await delay(pollMs)
  }
  const lines = await tailOfServerLog(home.log, start)
  if (lines.some((line) => leftovers.test(line))) return { leftBehind: lines }
  throw await explainExit(home.dataDir, endOf(child), lines)
}

/** The output goes to a file: a pipe would end with this process, and the server must outlive it. */
async function spawnServer(home: Home, postgres: string, settings: ServerSettings): Promise<ChildProcess> {
  const port = await choosePort()
  const args = serverArguments(home.cluster, { socketDir: home.socketDir, port }, settings)
  const output = await openServerLog(home.log)
  try {
    const child = spawn(postgres, args, {
      cwd: home.path,
      ...serverEnvironment,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      ...home.account,
    })
    await once(child, 'spawn')
    child.unref()
    return child
  } catch (error) {
    throw cannotRun(postgres, home, error)
  } finally {
    await output.close()
  }
}

/** On a Unix socket the port is but a part of its name. */
export async function choosePort(platform = process.platform): Promise<number> {
  if (platform !== 'win32') return 5432
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 5432
}

function endOf(child: ChildProcess): string {
  return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`
}

/** Nobody waits for this report, so it must not fail, even if the directory is gone by now. */
async function reportExit(home: Home, log: EmbeddedLog, start: number, child: ChildProcess): Promise<void> {
  if (child.exitCode === 0) return
  const lines = await tailOfServerLog(home.log, start)
  const { message, hint } = await explainExit(home.dataDir, endOf(child), lines)
  log.warn({ reason: message, hint, server: lines }, 'the embedded database ended unexpectedly')
}
