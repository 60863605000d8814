// The embedded PostgreSQL server: started or found again for a data directory, and stopped when its last user leaves.

import { escapeIdentifier } from 'pg'
import { installBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { ensureRecord, type DatabaseRecord } from './database-record.ts'
import { answeringDatabase, runOnce, type ServerConnection } from './connection.ts'
import { asEmbeddedServerError } from './failure.ts'
import { openHome, type Home } from './home.ts'
import { launchPostmaster } from './launch.ts'
import { lock } from './lock.ts'
import { runningPostmaster, stopPostmaster, type Postmaster } from './postmaster.ts'
import { exists } from './presence.ts'
import { capServerLog, type EmbeddedLog } from './server-log.ts'
import type { ServerSettings } from './server-settings.ts'
import { hasLiveUser, registerUser } from './users.ts'

export interface DatabaseAccess {
  readonly url: string
  readonly connection: ServerConnection
}

export interface EmbeddedServer extends DatabaseAccess {
  /** Whether the server was already running when this process came. */
  readonly adopted: boolean
  /** Leaves the server, and stops it unless another live process uses it. May be called twice. */
  stop(): Promise<void>
}

export interface EmbeddedServerOptions {
  readonly dataDir: string
  readonly log: EmbeddedLog
  /** PostgreSQL settings over the defaults, for a server that is not yet running: `{ shared_buffers: '1GB' }`. */
  readonly settings?: ServerSettings
}

/** Throws `EmbeddedServerError`. Safe to call from several processes at once, and after any of them was killed. */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  try {
    return await start(options)
  } catch (error) {
    throw asEmbeddedServerError(error, options.dataDir)
  }
}

/** Creates another database on the server. The name is taken as it is, also with capitals and spaces. */
export async function createDatabase(server: DatabaseAccess, name: string): Promise<DatabaseAccess> {
  await runOnce(server.connection, `create database ${escapeIdentifier(name)}`)
  return accessTo({ ...server.connection, database: name })
}

const logCheckMs = 60_000

async function start({ dataDir, log, settings = {} }: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const home = await openHome(dataDir)
  const unlock = await lock(home.lock, log)
  try {
    const record = await ensureRecord(home.dataDir, home.path)
    const unregister = await registerUser(home.users)
    try {
      const running = await runningPostmaster(home, log)
      const postmaster = running ?? (await launch(home, record, settings, log))
      const access = accessTo(connectionOf(postmaster, record))
      await answeringDatabase(access.connection, home)
      const logKeeper = setInterval(() => void capServerLog(home.log), logCheckMs).unref()
      let stopped: Promise<void> | undefined
      const stop = () => (stopped ??= stopAsUser(home, unregister, log).finally(() => clearInterval(logKeeper)))
      return { ...access, adopted: running !== undefined, stop }
    } catch (error) {
      await leaveServer(home, unregister, log)
      throw error
    }
  } finally {
    unlock()
  }
}

async function launch(
  home: Home,
  record: DatabaseRecord,
  settings: ServerSettings,
  log: EmbeddedLog,
): Promise<Postmaster> {
  const binaries = await installBinaries(home.path)
  await ensureCluster(home, binaries, record, log)
  await capServerLog(home.log)
  return launchPostmaster(home, binaries.postgres, settings, log)
}

function connectionOf({ socketDir, port }: Postmaster, record: DatabaseRecord): ServerConnection {
  const { user, password, database } = record
  return { host: socketDir === '' ? '127.0.0.1' : socketDir, port, user, password, database }
}

function accessTo(connection: ServerConnection): DatabaseAccess {
  const { host, port, user, password, database } = connection
  const [userPart, passwordPart, databasePart, hostPart] = [user, password, database, host].map(encodeURIComponent)
  return { connection, url: `postgresql://${userPart}:${passwordPart}@/${databasePart}?host=${hostPart}&port=${port}` }
}

async function stopAsUser(home: Home, unregister: () => Promise<void>, log: EmbeddedLog): Promise<void> {
  // Somebody has removed the directory; PostgreSQL notices within a minute and ends by itself.
  if (!(await exists(home.users))) return
  const unlock = await lock(home.lock, log)
  try {
    await leaveServer(home, unregister, log)
  } finally {
    unlock()
  }
}

async function leaveServer(home: Home, unregister: () => Promise<void>, log: EmbeddedLog): Promise<void> {
  await unregister()
  if (!(await hasLiveUser(home.users))) await stopPostmaster(home, log)
}
