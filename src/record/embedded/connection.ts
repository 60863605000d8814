// Connections of the launcher itself: does the server answer, and is its database there.

import { setTimeout as delay } from 'node:timers/promises'
import { Client, escapeIdentifier } from 'pg'
import { EmbeddedServerError, errorCode, fullDisk } from './failure.ts'
import type { Home } from './home.ts'

/** Parameters for `pg` and for libpq; `host` is the directory of a Unix socket, on Windows the loopback address. */
export interface ServerConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

const connectMs = 10_000
const retryDelayMs = 50

/** Returns once the server has answered in its database, which is created where it is missing. */
export async function answeringDatabase(connection: ServerConnection, home: Home): Promise<void> {
  for (;;) {
    const error = await tried(() => runOnce(connection, 'select 1'))
    // Too many connections are an answer as well.
    if (error === undefined || errorCode(error) === tooManyConnections) return
    if (errorCode(error) === noSuchDatabase) await createFirst(connection, home)
    else if (errorCode(error) === startingUp) await delay(retryDelayMs)
    else throw explainAnswer(error, home)
  }
}

const noSuchDatabase = '3D000'
const tooManyConnections = '53300'
const startingUp = '57P03'
const wrongPassword = '28P01'
const diskFull = '53100'

/** Runs one statement on a connection of its own. */
export async function runOnce(connection: ServerConnection, statement: string): Promise<void> {
  const client = new Client({ ...connection, connectionTimeoutMillis: connectMs })
  // A connection that breaks while idle reports it here as well; the statement's own error is the one that counts.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function createFirst(connection: ServerConnection, home: Home): Promise<void> {
  const statement = `create database ${escapeIdentifier(connection.database)}`
  const error = await tried(() => runOnce({ ...connection, database: 'postgres' }, statement))
  if (error !== undefined) throw explainAnswer(error, home)
}

async function tried(attempt: () => Promise<void>): Promise<unknown> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    return error
  }
}

function explainAnswer(error: unknown, home: Home): EmbeddedServerError {
  const reason = error instanceof Error ? error.message : String(error)
  if (errorCode(error) === diskFull) return fullDisk(home.dataDir, [], error)
  if (errorCode(error) === wrongPassword) {
    return new EmbeddedServerError(
      `The password in database.json is not the one of the database in ${home.dataDir}.`,
      'Restore database.json from a backup; it belongs to this database alone.',
      { cause: error },
    )
  }
  return new EmbeddedServerError(
    `The database in ${home.dataDir} runs but does not answer: ${reason}.`,
    `Read ${home.log}; if the server hangs, end its process (the first line of ${home.cluster}/postmaster.pid) and start again.`,
    { cause: error },
  )
}
