// The postmaster, PostgreSQL's parent process: found by its pid file, watched, and stopped.

import { readFile, readlink, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode } from './failure.ts'
import type { Home } from './home.ts'
import { unlessMissing } from './presence.ts'
import { processIdentity, programName } from './process-identity.ts'
import { tailOfServerLog, type EmbeddedLog } from './server-log.ts'

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
      log.warn(
        { pid: found.pid },
        'the embedded database takes too long to stop and is cut off; it recovers at the next start',
      )
      signal(found.pid, 'SIGQUIT')
      asked = false
    }
    await delay(pollMs)
  }
  await rmdir(found.socketDir).catch(() => undefined)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

/** Reads postmaster.pid: pid, data directory, start time, port, socket directory, address, shared memory, status. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = (await readPidFile(cluster))?.split('\n') ?? []
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostmaster(pid, cluster))) return undefined
  return { pid, port: Number(lines[3]), socketDir: lines[4] ?? '', status: lines[7]?.trim() ?? 'starting' }
}

export async function readPidFile(cluster: string): Promise<string | undefined> {
  return readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(unlessMissing)
}

/** The id may be a zombie's, or may have been given to another process since: in containers it often is. */
async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if ((await processIdentity(pid)) === undefined) return false
  if (process.platform !== 'linux') return true
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  if (directory !== undefined) return directory === cluster
  // Root without CAP_SYS_PTRACE, as in a container, may not look at another user's process that closely.
  const owners = await Promise.all([`/proc/${pid}`, cluster].map(ownerOf))
  return owners[0] === owners[1] && (await programName(pid)) === 'postgres'
}

async function ownerOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(unlessMissing))?.uid
}

const firstReportMs = 2000
const reportMs = 5000

/** Recovery after a crash can take minutes; the server's own last line says how far it is. */
export function progressReport(home: Home, log: EmbeddedLog): () => Promise<void> {
  const since = Date.now()
  let reportAt = since + firstReportMs
  return async () => {
    if (Date.now() < reportAt) return
    reportAt += reportMs
    const lines = await tailOfServerLog(home.log, 0)
    log.info(
      { waitedMs: Date.now() - since, server: lines.at(-1) },
      'waiting for the embedded database, which starts, recovers or stops',
    )
  }
}
