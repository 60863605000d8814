// The cluster, PostgreSQL's own directory: made whole or not at all, and checked before a server is started on it.

import { execFile } from 'node:child_process'
import { chmod, chown, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import type { DatabaseRecord } from './database-record.ts'
import { EmbeddedServerError, errorCode, explainExit, ownUid } from './failure.ts'
import type { Account, Home } from './home.ts'
import { unlessMissing } from './presence.ts'
import { linesOf, type EmbeddedLog } from './server-log.ts'

/** Called under the lock, with no server running. Afterwards there is a cluster of the right version. */
export async function ensureCluster(
  home: Home,
  binaries: Binaries,
  record: DatabaseRecord,
  log: EmbeddedLog,
): Promise<void> {
  await removeStagings(home.path)
  const found = await stat(home.cluster).catch(unlessMissing)
  if (found === undefined) {
    log.info({ dataDir: home.dataDir }, 'creating the embedded database')
    await createCluster(home, binaries, record)
    return
  }
  if (!found.isDirectory()) throw damaged(home, `${home.cluster} is not a directory`)
  await checkVersion(home, binaries)
  // Restoring a backup often opens the modes, and PostgreSQL then refuses to start.
  if ((found.mode & 0o777) !== 0o700) await chmod(home.cluster, 0o700)
}

async function checkVersion(home: Home, binaries: Binaries): Promise<void> {
  const file = join(home.cluster, 'PG_VERSION')
  const text = await readFile(file, 'utf8').catch(unlessMissing)
  if (text === undefined) throw damaged(home, `${file} is missing`)
  const major = text.trim()
  if (!/^[\d.]+$/.test(major)) throw damaged(home, `${file} is unreadable`)
  if (major === binaries.major) return
  throw new EmbeddedServerError(
    `The database in ${home.dataDir} was made by PostgreSQL ${major}, and this is PostgreSQL ${binaries.major}.`,
    `Dump it with PostgreSQL ${major} and restore the dump into a new data directory, or serve it with PostgreSQL ${major} and set DATABASE_URL.`,
  )
}

function damaged(home: Home, what: string): EmbeddedServerError {
  return new EmbeddedServerError(
    `The database in ${home.dataDir} is damaged: ${what}.`,
    'Keep a copy of the directory, then restore it from a backup.',
  )
}

const stagingPrefix = 'cluster-new-'

/** What an initdb left behind that was killed, or whose starter was. */
async function removeStagings(home: string): Promise<void> {
  const entries = await readdir(home)
  const stagings = entries.filter((entry) => entry.startsWith(stagingPrefix))
  await Promise.all(stagings.map((entry) => rm(join(home, entry), { recursive: true, force: true, maxRetries: 5 })))
}

async function createCluster(home: Home, binaries: Binaries, record: DatabaseRecord): Promise<void> {
  const staging = await mkdtemp(join(home.path, stagingPrefix))
  try {
    const passwordFile = join(staging, 'password')
    await writeFile(passwordFile, record.password, { mode: 0o600, flag: 'wx' })
    await give(passwordFile, home.account)
    await give(staging, home.account)
    await initdb(home, binaries, initdbArguments(join(staging, 'cluster'), record.user, passwordFile))
    await rename(join(staging, 'cluster'), home.cluster)
    await syncDirectory(home.path)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** The built-in C.UTF-8 sorts alike on every system and after every upgrade of it; the system's own locales don't. */
function initdbArguments(cluster: string, user: string, passwordFile: string): readonly string[] {
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const access = [`--username=${user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  return [`--pgdata=${cluster}`, ...locale, ...access, '--data-checksums', '--no-instructions']
}

async function initdb(home: Home, binaries: Binaries, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(binaries.initdb, args, { cwd: home.path, ...serverEnvironment, ...home.account })
  } catch (error) {
    if (errorCode(error) !== undefined) throw cannotRun(binaries.initdb, home, error)
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    throw await explainExit(home.dataDir, 'initdb failed', linesOf(output))
  }
}

/** The program was refused before it ran. */
export function cannotRun(program: string, home: Home, error: unknown): EmbeddedServerError {
  const uid = home.account?.uid ?? ownUid()
  if (errorCode(error) === 'EACCES') {
    return new EmbeddedServerError(
      `Permission denied: ${program} cannot be run by uid ${uid}.`,
      'Let that user enter each directory on the way (chmod o+x), check that the file system is not mounted noexec, or name another data directory.',
      { cause: error },
    )
  }
  return new EmbeddedServerError(
    `${program} cannot run on this system (${errorCode(error) ?? 'unknown error'}).`,
    'The embedded PostgreSQL needs glibc on Linux; elsewhere set DATABASE_URL to a PostgreSQL server of your own.',
    { cause: error },
  )
}

/** PG* variables of the caller would change what the server does. Windows needs variables of its own to load libraries. */
export const serverEnvironment = process.platform === 'win32' ? {} : { env: { LC_ALL: 'C' } }

async function give(path: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid)
}

/** Without it a power failure may take the renamed directory back, with everything that was written to it since. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
