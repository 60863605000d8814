// The postmaster, PostgreSQL's parent process: found by its pid file, launched, watched until it is ready, and stopped.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readlink, rm, stat } from 'node:fs/promises'
import { createServer, connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cannotRun, serverEnvironment } from './cluster.ts'
import { EmbeddedServerError, errorCode, explainExit } from './failure.ts'
import { makePrivate, type Home } from './home.ts'
import { processIdentity, programName } from './process-identity.ts'
import { openServerLog, sizeOfServerLog, tailOfServerLog, type EmbeddedLog } from './server-log.ts'
import { serverArguments, type ServerSettings } from './server-settings.ts'

export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly socketDir: string
  /** `starting`, `ready` or `stopping`. */
  readonly status: string
}

const pollMs = 5

/** Waits while a server starts or stops. Returns it once it is ready, undefined when there is none. */
export async function runningPostmaster(home: Home, log: EmbeddedLog): Promise<Postmaster | undefined> {
  const report = progressReport(home, log)
  for (;;) {
    const found = await findPostmaster(home.cluster)
    if (found === undefined || found.status === 'ready') return found
    await report()
    await delay(pollMs)
  }
}

/** Called under the lock, with no server running. Waits until the server is ready, through crash recovery if need be. */
export async function launchPostmaster(home: Home, postgres: string, settings: ServerSettings, log: EmbeddedLog): Promise<Postmaster> {
  await makePrivate(home.socketDir, home.account)
  const retryUntil = Date.now() + retryMs
  for (;;) {
    await removeStalePidFile(home, log)
    const launched = await tryLaunch(home, postgres, settings, log)
    if (!('leftBehind' in launched)) return launched
    if (Date.now() > retryUntil) throw await explainExit(home.dataDir, 'remains of the last server', launched.leftBehind)
    await delay(retryDelayMs)
  }
}

/** Asks the server to finish; the next start is then quick. Cuts it off when it takes longer than `graceMs`, which loses nothing either. */
export async function stopPostmaster(home: Home, log: EmbeddedLog, graceMs = 60_000): Promise<void> {
  const found = await findPostmaster(home.cluster)
  if (found === undefined) return
  // On Windows this ends the process at once, and the next start recovers.
  signal(found.pid, 'SIGINT')
  const quitAt = Date.now() + graceMs
  let asked = true
  while (await isPostmaster(found.pid, home.cluster)) {
    if (asked && Date.now() >= quitAt) {
      log.warn({ pid: found.pid }, 'the embedded database takes too long to stop and is cut off; it recovers at the next start')
      signal(found.pid, 'SIGQUIT')
      asked = false
    }
    await delay(pollMs)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

/** Reads postmaster.pid: pid, data directory, start time, port, socket directory, address, shared memory, status. */
async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = (await readPidFile(cluster))?.split('\n') ?? []
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostmaster(pid, cluster))) return undefined
  return { pid, port: Number(lines[3]), socketDir: lines[4] ?? '', status: lines[7]?.trim() ?? 'starting' }
}

async function readPidFile(cluster: string): Promise<string | undefined> {
  return readFile(join(cluster, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
}

/** The id may be a zombie's, or may have been given to another process since: in containers it often is. */
async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if ((await processIdentity(pid)) === undefined) return false
  if (process.platform !== 'linux') return true
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  if (directory !== undefined) return directory === cluster
  // Root without CAP_SYS_PTRACE, as in a container, may not look at another user's process that closely.
  const owners = await Promise.all([`/proc/${pid}`, cluster].map((path) => stat(path).catch(() => undefined)))
  return owners[0] !== undefined && owners[0].uid === owners[1]?.uid && (await programName(pid)) === 'postgres'
}

const retryMs = 30_000
const retryDelayMs = 50

/**
 * PostgreSQL takes any live process with the recorded id for a server, even a zombie that nobody reaps. It was none:
 * what still guards the cluster then is PostgreSQL's check that no process is attached to its shared memory.
 */
async function removeStalePidFile(home: Home, log: EmbeddedLog): Promise<void> {
  if ((await readPidFile(home.cluster)) === undefined) return
  if (await answers(join(home.socketDir, '.s.PGSQL.5432'))) {
    throw new EmbeddedServerError(
      `A server that this process cannot see, perhaps in another container, already uses ${home.dataDir}.`,
      'Stop it, or give each its own data directory, or set DATABASE_URL to one PostgreSQL server for both.',
    )
  }
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
  let ended: string | undefined
  child.once('exit', (code, by) => (ended = by === null ? `exit code ${code}` : `signal ${by}`))
  const report = progressReport(home, log)
  while (ended === undefined) {
    const found = await findPostmaster(home.cluster)
    if (found?.pid === child.pid && found?.status === 'ready') {
      child.once('exit', (code) => void reportExit(home, log, code))
      return found
    }
    await report()
    await delay(pollMs)
  }
  const lines = await tailOfServerLog(home.log, start)
  if (lines.some((line) => leftovers.test(line))) return { leftBehind: lines }
  throw await explainExit(home.dataDir, ended, lines)
}

/** The output goes to a file: a pipe would end with this process, and the server must outlive it. */
async function spawnServer(home: Home, postgres: string, settings: ServerSettings): Promise<ChildProcess> {
  const port = process.platform === 'win32' ? await freePort() : 5432
  const args = serverArguments(home.cluster, { socketDir: home.socketDir, port }, settings)
  const output = await openServerLog(home.log)
  try {
    const child = spawn(postgres, args, {
      cwd: home.path,
      env: serverEnvironment(),
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 5432
}

const firstReportMs = 2000
const reportMs = 5000

/** Recovery after a crash can take minutes; the server's own last line says how far it is. */
function progressReport(home: Home, log: EmbeddedLog): () => Promise<void> {
  const since = Date.now()
  let reportAt = since + firstReportMs
  return async () => {
    if (Date.now() < reportAt) return
    reportAt += reportMs
    const lines = await tailOfServerLog(home.log, 0)
    log.info({ waitedMs: Date.now() - since, server: lines.at(-1) }, 'waiting for the embedded database, which starts, recovers or stops')
  }
}

async function reportExit(home: Home, log: EmbeddedLog, code: number | null): Promise<void> {
  if (code === 0) return
  log.warn({ log: await tailOfServerLog(home.log, 0) }, 'the embedded database ended unexpectedly')
}
