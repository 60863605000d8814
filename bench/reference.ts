// The reference figure: what the same database does under pgbench, so that figures of two machines can be compared.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Client, escapeIdentifier } from 'pg'
import { type Figure, printFigures } from './figures.ts'
import { withServer } from './server.ts'
import { median } from './statistics.ts'

const run = promisify(execFile)

export interface Reference {
  /** p50 of one insert and its commit on one connection: what a durable answer costs at the least. */
  readonly reference_commit_ms: number
  /** Transactions a second: one update, one select and one insert each, 16 clients. */
  readonly reference_tps: number
  /** Who made the load. `pg` costs more on the client's side, so compare figures of one source only. */
  readonly source: 'pgbench' | 'pg'
  /** Whether each commit reached the disk; a reference without it says nothing. */
  readonly durable: boolean
}

/** The database to measure, as `startEmbeddedServer` returns it; `host` may be the directory of a socket. */
export interface Connection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

interface Load {
  readonly connection: Connection
  readonly schema: string
  readonly seconds: number
}

const clients = 16
const scale = 10
const accounts = scale * 100_000

/** Measures for `seconds` in a schema of its own, which is dropped again. Throws what the database or pgbench reports. */
export async function measureReference(connection: Connection, seconds = 10): Promise<Reference> {
  const schema = `bench_${process.pid}`
  const admin = new Client(connection)
  await admin.connect()
  try {
    await createTables(admin, schema)
    const load = { connection, schema, seconds }
    const durable = await isDurable(admin)
    const commit = { reference_commit_ms: await measureCommit(admin) }
    const tps = await withPgbench(load)
    if (tps !== undefined) return { reference_tps: tps, ...commit, source: 'pgbench', durable }
    return { reference_tps: await withClients(load), ...commit, source: 'pg', durable }
  } finally {
    await admin.query(`drop schema if exists ${escapeIdentifier(schema)} cascade`)
    await admin.end()
  }
}

/** The tables that `pgbench -i` makes, in a schema of their own: it would drop tables of these names in the default one. */
async function createTables(admin: Client, schema: string): Promise<void> {
  await admin.query(`create schema ${escapeIdentifier(schema)}; set search_path = ${escapeIdentifier(schema)}`)
  await admin.query(`
    create table pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    create table pgbench_tellers (tid int primary key, bid int, tbalance int, filler char(84)) with (fillfactor = 100);
    create table pgbench_accounts (aid int primary key, bid int, abalance int, filler char(84)) with (fillfactor = 100);
    create table pgbench_branches (bid int primary key, bbalance int, filler char(88)) with (fillfactor = 100);
    insert into pgbench_branches select bid, 0 from generate_series(1, ${scale}) bid;
    insert into pgbench_tellers select tid, (tid - 1) / 10 + 1, 0 from generate_series(1, ${scale * 10}) tid;
    insert into pgbench_accounts select aid, (aid - 1) / 100000 + 1, 0, '' from generate_series(1, ${accounts}) aid`)
  await admin.query('vacuum analyze pgbench_accounts')
  await admin.query('checkpoint').catch(() => undefined) // Only a superuser may; without it the first seconds are slower.
}

async function isDurable(admin: Client): Promise<boolean> {
  const { rows } = await admin.query<{ durable: boolean }>(
    `select current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off' as durable`,
  )
  return rows[0]?.durable === true
}

/** Inserts that are timed, after a tenth of them that are not. */
const commits = 500

async function measureCommit(admin: Client): Promise<number> {
  const all: number[] = []
  for (let turn = 0; turn < commits * 1.1; turn++) {
    const before = performance.now()
    await admin.query(
      `insert into pgbench_history (tid, bid, aid, delta, mtime) values (1, 1, 1, 1, current_timestamp)`,
    )
    all.push(performance.now() - before)
  }
  return median(all.slice(-commits))
}

/** Undefined when there is no pgbench on the path. */
async function withPgbench({ connection, schema, seconds }: Load): Promise<number | undefined> {
  const { host, port, user, password, database } = connection
  // By environment: a password on the command line is seen by everyone on the machine.
  const libpq = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database }
  const env = { ...process.env, ...libpq, PGOPTIONS: `-c search_path=${schema}` }
  try {
    const load = ['-n', '-N', '-c', String(clients), '-j', '2', '-T', String(seconds)]
    const { stdout } = await run('pgbench', load, { env })
    const found = /^tps = ([\d.]+)/m.exec(stdout)?.[1]
    if (found === undefined) throw new Error(`pgbench reported no tps:\n${stdout}`)
    return Number(found)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The same load from this process. */
async function withClients({ connection, schema, seconds }: Load): Promise<number> {
  const options = { ...connection, options: `-c search_path=${schema}` }
  const all = Array.from({ length: clients }, () => new Client(options))
  try {
    await Promise.all(all.map((client) => client.connect()))
    const start = performance.now()
    const counts = await Promise.all(all.map((client) => transactUntil(client, start + seconds * 1000)))
    return (counts.reduce((sum, count) => sum + count, 0) * 1000) / (performance.now() - start)
  } finally {
    await Promise.all(all.map((client) => client.end()))
  }
}

async function transactUntil(client: Client, deadline: number): Promise<number> {
  let count = 0
  for (; performance.now() < deadline; count++) {
    const aid = 1 + Math.floor(Math.random() * accounts)
    const delta = Math.floor(Math.random() * 10_001) - 5000
    await client.query('begin')
    await client.query(`update pgbench_accounts set abalance = abalance + ${delta} where aid = ${aid}`)
    await client.query(`select abalance from pgbench_accounts where aid = ${aid}`)
    await client.query(
      `insert into pgbench_history (tid, bid, aid, delta, mtime) values (${(aid % (scale * 10)) + 1}, ${(aid % scale) + 1}, ${aid}, ${delta}, current_timestamp)`,
    )
    await client.query('commit')
  }
  return count
}

/** The reference as a figure of its own. */
export function referenceFigure({ reference_tps, reference_commit_ms, source, durable }: Reference): Figure {
  return { bench: 'reference', values: { tps: reference_tps, commit_ms: reference_commit_ms, source, durable } }
}

/** `node bench/reference.ts [seconds]` measures an embedded server of its own. */
async function main(seconds: number): Promise<void> {
  await withServer(async ({ access }) =>
    printFigures([referenceFigure(await measureReference(access.connection, seconds))]),
  )
}

if (import.meta.main) await main(Number(process.argv[2] ?? 10))
