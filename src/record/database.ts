// Connections to the database: as its owner for migrations, as the engine, as the API, whose role row-level security binds, and as sign-in.

import { createHmac } from 'node:crypto'
import pg from 'pg'
import { momentTypes } from './moment-text.ts'

/** Where the database is and who owns it. */
export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  readonly ssl: boolean
}

export type Pool = pg.Pool
/** What a statement needs: a pool, or one client inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>

export interface Database {
  readonly address: DatabaseAddress
  /** Logs in as the engine's role: every tenant, no schema changes. */
  readonly engine: Pool
  /** Logs in as the API's role: the tenant of its transaction, nothing without one. */
  readonly api: Pool
  /** Logs in as the role of sign-in: users, sessions and credentials, which no other role reads. */
  readonly identity: Pool
  /** A connection of its own that stays open, for `LISTEN`. */
  connectEngine(): pg.Client
  close(): Promise<void>
}

type Role = 'engine' | 'api' | 'identity'

export function roleName(database: string, role: Role): string {
  return `${database}_${role}`
}

/** The roles' passwords come from the installation's key, so every process that has the key can log in. */
export function rolePassword(key: Buffer, name: string): string {
  return createHmac('sha256', key).update(`database role ${name}`).digest('base64url')
}

/** Reads a `postgres://` URL; the password may be absent. As for libpq, `?host=` and `?port=` win over the authority. */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  // libpq allows `user@/database?host=…`, for a socket; URL wants a host after a user.
  const { hostname, port, username, password, pathname, searchParams } = new URL(url.replace('@/', '@localhost/'))
  return {
    host: searchParams.get('host') ?? decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1'),
    port: Number(searchParams.get('port') ?? port) || 5432,
    user: decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    ssl: ['require', 'verify-ca', 'verify-full'].includes(searchParams.get('sslmode') ?? ''),
  }
}

/** A connection as the database's owner. */
export function connectOwner(address: DatabaseAddress): pg.Client {
  const { host, port, user, password, database, ssl } = address
  const client = new pg.Client({ host, port, user, password, database, ssl, application_name: 'countersign owner' })
  // A connection that breaks between two statements fails the next one; unheard, the event would end the process.
  client.on('error', () => undefined)
  return client
}

interface DatabaseOptions {
  /** Hears of idle connections that break. */
  readonly onError: (error: Error) => void
  readonly engineConnections?: number
  readonly apiConnections?: number
}

/** Opens pools to a database that has been migrated. */
export function openDatabase(address: DatabaseAddress, key: Buffer, options: DatabaseOptions): Database {
  const { onError, engineConnections = 6, apiConnections = 10 } = options
  const engine = openPool(clientOf(address, key, 'engine'), engineConnections, onError)
  // Statements that need not wait for each other share a round trip.
  const api = openPool({ ...clientOf(address, key, 'api'), pipeline: true }, apiConnections, onError)
  const identity = openPool(clientOf(address, key, 'identity'), 4, onError)
  return {
    address,
    engine,
    api,
    identity,
    connectEngine: () =>
      new pg.Client({ ...clientOf(address, key, 'engine'), application_name: 'countersign listener', keepAlive: true }),
    close: async () => {
      await Promise.all([engine.end(), api.end(), identity.end()])
    },
  }
}

function clientOf(address: DatabaseAddress, key: Buffer, role: Role) {
  const { host, port, database, ssl } = address
  const user = roleName(database, role)
  const password = rolePassword(key, user)
  return { host, port, database, ssl, user, password, application_name: `countersign ${role}` }
}

function openPool(client: pg.ClientConfig, max: number, onError: DatabaseOptions['onError']): Pool {
  const pool = new pg.Pool({
    ...client,
    types: momentTypes,
    max,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
  })
  pool.on('error', onError)
  // The pool listens only while a connection is idle. One that breaks inside a transaction fails its query, and would
  // also end the process, because an error event that nobody listens to is thrown.
  pool.on('connect', (connected) => connected.on('error', () => undefined))
  return pool
}

/** A process that stands still in the middle of a transaction must not hold its locks for longer. */
const longestIdleMs = 5000

/** Runs `work` in one transaction; rolls back when it throws. `statementMs` bounds each statement. */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  statementMs?: number,
): Promise<T> {
  const bound =
    statementMs === undefined ? '' : `; set local statement_timeout = ${Math.min(Math.ceil(statementMs), 2 ** 31 - 1)}`
  const client = await pool.connect()
  try {
    await client.query(`begin; set local idle_in_transaction_session_timeout = ${longestIdleMs}${bound}`)
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    // A connection that cannot roll back is broken: drop it rather than hand it to the next caller.
    await client.query('rollback').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    )
    throw error
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Binds the transaction to a tenant, and to a role that row-level security binds. */
export async function setTenant(client: Queryable, tenantId: string, role: string): Promise<void> {
  if (!uuid.test(tenantId)) throw new TypeError('A tenant id is a UUID in lower case')
  await client.query(`set local app.tenant = '${tenantId}'; set local role ${pg.escapeIdentifier(role)}`)
}

/** Runs `work` as the API's role in one transaction that sees only the tenant's rows. */
export async function asTenant<T>(
  database: Database,
  tenantId: string,
  work: (client: Queryable) => Promise<T>,
): Promise<T> {
  if (!uuid.test(tenantId)) throw new TypeError('A tenant id is a UUID in lower case')
  const client = await database.api.connect()
  try {
    // One round trip: the id is checked above, since `set` takes no parameters.
    await client.query(`begin; set local app.tenant = '${tenantId}'`)
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    )
    throw error
  }
}

/**
 * `runnable`: an execution wants a worker. `signal`: one that a worker owns got a signal; the payload is the worker's id.
 * `secrets`: those of a tenant have changed; the payload is the tenant's id.
 */
export const channels = ['countersign_runnable', 'countersign_signal', 'countersign_secrets'] as const
/** Somebody's access has changed; the payload says whose. */
export const accessChannel = 'countersign_access'
export type Channel = (typeof channels)[number] | typeof accessChannel

/** Listens until the returned function is called. `onEnd` hears when the connection breaks. */
export async function listen(
  database: Database,
  names: readonly Channel[],
  hear: (channel: Channel, payload: string) => void,
  onEnd: (error: Error) => void,
): Promise<() => Promise<void>> {
  const client = database.connectEngine()
  let isClosed = false
  const end = (error: Error) => {
    if (isClosed) return
    isClosed = true
    client.end().catch(() => undefined)
    onEnd(error)
  }
  client.on('error', end)
  client.on('end', () => end(new Error('The connection that listens was closed.')))
  client.on('notification', ({ channel, payload = '' }) => {
    const name = names.find((known) => known === channel)
    if (name !== undefined) hear(name, payload)
  })
  await client.connect()
  for (const name of names) await client.query(`listen ${pg.escapeIdentifier(name)}`)
  return async () => {
    isClosed = true
    await client.end()
  }
}

/** Tells the workers that something may be runnable. */
export async function notifyRunnable(db: Queryable): Promise<void> {
  await db.query(`select pg_notify('countersign_runnable', '')`)
}
