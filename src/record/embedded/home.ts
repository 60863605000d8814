// Decides where an embedded server lives and under which user it runs, so that this user can enter the place.

import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { readRecord } from './database-record.ts'
import { EmbeddedServerError, errorCode, ownUid } from './failure.ts'
import { exists, unlessMissing } from './presence.ts'

/** The user that the server runs under; undefined where it is the user of this process. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

export interface Home {
  /** The directory that the user named. It holds database.json and the log. */
  readonly dataDir: string
  /** Holds everything else; the data directory itself unless the server's user cannot enter that. */
  readonly path: string
  readonly cluster: string
  readonly socketDir: string
  readonly users: string
  readonly lock: string
  readonly log: string
  readonly account: Account | undefined
}

/** `nobody` on the systems that run servers as root; PostgreSQL wants a user that exists in the password file. */
const nobody: Account = { uid: 65534, gid: 65534 }

const fallbackBase = '/var/lib/countersign'

export async function openHome(namedDataDir: string): Promise<Home> {
  await makeEnterable(resolve(namedDataDir))
  const dataDir = await realpath(namedDataDir)
  refuseShellCharacters(dataDir)
  await refuseForeignDirectory(dataDir)
  const record = await readRecord(dataDir)
  const path = record === undefined ? await chooseHome(dataDir) : await recordedHome(dataDir, record.home)
  const cluster = join(path, 'cluster')
  return {
    dataDir,
    path,
    cluster,
    socketDir: socketDirectory(path),
    users: join(path, 'users'),
    lock: join(path, 'lock'),
    log: join(dataDir, 'postgres.log'),
    account: await serverAccount(cluster),
  }
}

/** Root starts the server as the owner of the cluster, so that a directory keeps its owner whoever starts it. */
async function serverAccount(cluster: string): Promise<Account | undefined> {
  if (ownUid() !== 0) return undefined
  const owner = await stat(cluster).catch(unlessMissing)
  if (owner === undefined) return nobody
  if (owner.uid === 0) {
    throw new EmbeddedServerError(
      `${cluster} belongs to root, and PostgreSQL refuses to run as root.`,
      `Give it to another user: chown -R ${nobody.uid}:${nobody.gid} '${cluster}'`,
    )
  }
  return { uid: owner.uid, gid: owner.gid }
}

async function recordedHome(dataDir: string, home: string): Promise<string> {
  const path = resolve(dataDir, home)
  if (await exists(path)) return path
  throw new EmbeddedServerError(
    `The database of ${dataDir} lives in ${path}, and that is gone.`,
    `Restore ${path}, or name another data directory to start afresh.`,
  )
}

async function chooseHome(dataDir: string): Promise<string> {
  if (ownUid() !== 0 || (await barredDirectory(dataDir, nobody)) === undefined) return dataDir
  const path = join(fallbackBase, hashOf(dataDir))
  await makeEnterable(fallbackBase)
  await makeEnterable(path)
  return path
}

/** The first directory on the way to `path` that the account may not enter, if there is one. */
export async function barredDirectory(path: string, account: Account): Promise<string | undefined> {
  const parent = dirname(path)
  const above = parent === path ? undefined : await barredDirectory(parent, account)
  if (above !== undefined) return above
  const { mode, uid, gid } = await stat(path)
  const enter = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
  return (mode & enter) === 0 ? path : undefined
}

/** initdb finds its own program through a shell and quotes the path no better than with double quotes. */
function refuseShellCharacters(dataDir: string): void {
  const found = /["$`\\\n\r]/.exec(dataDir)
  if (process.platform === 'win32' || found === null) return
  throw new EmbeddedServerError(
    `The path ${dataDir} holds ${JSON.stringify(found[0])}, which the programs of PostgreSQL cannot handle.`,
    'Name another data directory, without quotation marks, backslashes, backticks and dollar signs.',
  )
}

async function refuseForeignDirectory(dataDir: string): Promise<void> {
  if (!(await exists(join(dataDir, 'PG_VERSION')))) return
  throw new EmbeddedServerError(
    `${dataDir} is the data directory of another PostgreSQL server.`,
    'Name another data directory, or start that server and set DATABASE_URL to it.',
  )
}

/** A directory of ours that others may enter but not list. One that exists keeps its mode. */
async function makeEnterable(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true })
  if (made !== undefined) await chmod(path, 0o711)
}

/** A directory for the server's user alone. Refuses one that somebody else has put there. */
export async function makePrivate(path: string, account: Account | undefined): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
    if (account !== undefined) await chown(path, account.uid, account.gid)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    const found = await lstat(path)
    const owner = account?.uid ?? ownUid()
    if (found.isDirectory() && found.uid === owner) return chmod(path, 0o700)
    throw new EmbeddedServerError(
      `${path} is in the way: it is not a directory of uid ${owner}.`,
      'Remove it and start again.',
      { cause: error },
    )
  }
}

/** Longest address of a Unix socket: 108 bytes on Linux and 104 elsewhere, with the closing zero. */
const socketPathBytes = process.platform === 'linux' ? 107 : 103

function socketDirectory(home: string): string {
  const inHome = join(home, 'socket')
  const fits = Buffer.byteLength(join(inHome, '.s.PGSQL.5432')) <= socketPathBytes
  return fits ? inHome : join(tmpdir(), `countersign-${hashOf(home)}`)
}

function hashOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16)
}
