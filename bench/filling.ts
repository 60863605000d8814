// All statements of the benches: they fill tables, and read what the tables say about a run.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Client, escapeIdentifier } from 'pg'
import { connectOwner, type DatabaseAddress, type Queryable } from '../src/record/database.ts'
import type { ServerConnection } from '../src/record/embedded/connection.ts'
import { ensureJournalPartitions } from '../src/record/partitions.ts'

/** Tables whose rows come and go with the executions that live: they must not grow while as many end as start. */
export const churningTables: readonly string[] = [
  'live_executions',
  'signals',
  'event_waits',
  'chained_ends',
  'workers',
]
/** Tables that keep what happened. */
export const keepingTables: readonly string[] = [
  'executions',
  'execution_ends',
  'journal',
  'approvals',
  'approval_votes',
]

export async function dropDatabase(connection: ServerConnection, name: string): Promise<void> {
  await withClient(connection, (client) =>
    client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`),
  )
}

/** As the owner of the database: for what the engine's role may not do. */
export async function asOwner<T>(address: DatabaseAddress, work: (client: Client) => Promise<T>): Promise<T> {
  const client = connectOwner(address)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function withClient<T>(connection: ServerConnection, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(connection)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export async function checkpoint(address: DatabaseAddress): Promise<void> {
  await asOwner(address, (client) => client.query('checkpoint'))
}

/** Bytes of write-ahead log since the cluster was made. */
export async function walPosition(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ bytes: string }>(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes`,
  )
  return Number(rows[0]?.bytes)
}

export async function databaseBytes(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes')
  return Number(rows[0]?.bytes)
}

/** The process of the server that answers this connection; its parent is the server's first one. */
export async function backendPid(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? Number.NaN
}

/** The ids of the executions that a worker owns. */
export async function ownedBy(db: Queryable, workerId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from live_executions where worker_id = $1', [workerId])
  return rows.map((row) => row.id)
}

export interface PreparedStatement {
  readonly name: string
  readonly statement: string
  /** How often each kind of plan was run. */
  readonly generic: number
  readonly custom: number
}

/** The statements that a connection has prepared. */
export async function preparedStatements(client: Queryable): Promise<PreparedStatement[]> {
  const { rows } = await client.query<PreparedStatement>(
    `select name, statement, generic_plans::integer as generic, custom_plans::integer as custom
      from pg_prepared_statements order by name`,
  )
  return rows
}

/** The plan of a statement, whatever its arguments, as indented lines. */
export async function genericPlan(db: Queryable, statement: string): Promise<string> {
  const { rows } = await db.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${statement}`)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

/** How many of the executions nobody but `workerId` owns, of those that have not ended. */
export async function countNotTaken(db: Queryable, ids: readonly string[], workerId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from live_executions
      where id = any ($1) and (worker_id is null or worker_id = $2)`,
    [ids, workerId],
  )
  return rows[0]?.count ?? Number.NaN
}

export async function countWaiting(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from live_executions where status = 'waiting' and worker_id is null`,
  )
  return rows[0]?.count ?? Number.NaN
}

export async function countQueued(db: Queryable, tenantId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from live_executions where tenant_id = $1 and status = 'queued'`,
    [tenantId],
  )
  return rows[0]?.count ?? Number.NaN
}

export interface TableSize {
  readonly table: string
  readonly tableMb: number
  readonly indexMb: number
  readonly liveRows: number
  readonly deadRows: number
}

// cspell:ignore relid isleaf relkind ordinality -- names of PostgreSQL's catalogs
/** The tables by name, partitions counted with their table; those that a release does not have are left out. */
export async function tableSizes(db: Queryable, tables: readonly string[]): Promise<TableSize[]> {
  const { rows } = await db.query<TableSize>(
    `select t.name as "table", sum(pg_table_size(p.relid)) / 1e6::float8 as "tableMb",
        sum(pg_indexes_size(p.relid)) / 1e6::float8 as "indexMb",
        sum(coalesce(s.n_live_tup, 0))::float8 as "liveRows", sum(coalesce(s.n_dead_tup, 0))::float8 as "deadRows"
      from unnest($1::text[]) with ordinality as t (name, position)
      join pg_class c on c.oid = to_regclass(t.name)
      cross join lateral (
        select relid::oid from pg_partition_tree(c.oid) where isleaf union select c.oid where c.relkind = 'r'
      ) p
      left join pg_stat_user_tables s on s.relid = p.relid
      group by t.name, t.position order by t.position`,
    [tables],
  )
  return rows
}

export interface Filled {
  readonly executions: number
  /** Fewer than 11 an execution where the time ran out; the newest have theirs. */
  readonly journalRows: number
}

export interface Filling {
  readonly tenantId: string
  /** Of ten steps. */
  readonly workflow: string
  readonly executions: number
  /** Between these moments they started, evenly spread. */
  readonly from: Date
  readonly until: Date
}

const chunkSize = 50_000
/** One of a hundred has failed, at its last step. */
const failedEvery = 100

/**
 * Fills a workflow with executions that have ended, each with the eleven journal rows that it would have. The journal is
 * filled newest first, for `journalSeconds` at most.
 */
export async function fillFinished(
  address: DatabaseAddress,
  { tenantId, workflow, executions, from, until }: Filling,
  journalSeconds: number,
): Promise<Filled> {
  if (executions === 0) return { executions, journalRows: 0 }
  const span = [tenantId, workflow, executions, from.getTime(), until.getTime()]
  const months = (until.getUTCFullYear() - from.getUTCFullYear()) * 12 + until.getUTCMonth() - from.getUTCMonth() + 1
  return asOwner(address, async (client) => {
    await ensureJournalPartitions(client, from, months)
    await client.query(finishedExecutions, span)
    await client.query(finishedEnds, span)
    const deadline = performance.now() + journalSeconds * 1000
    let journalRows = 0
    for (let last = executions; last > 0 && performance.now() < deadline; last -= chunkSize) {
      const { rowCount } = await client.query(finishedJournal, [...span, Math.max(0, last - chunkSize), last])
      journalRows += rowCount ?? 0
    }
    return { executions, journalRows }
  })
}

/** What autovacuum would do within a while: without it the planner knows nothing of rows that have just been made. */
export async function tidyTables(address: DatabaseAddress): Promise<void> {
  await asOwner(address, (client) =>
    client.query('vacuum (analyze) executions, live_executions, execution_ends, journal'),
  )
}

/** Execution number n of $3, in the middle of its share of the time, as a UUIDv7 (RFC 9562) of its time; the digest stands for chance. */
const at = `to_timestamp(($4::float8 + ($5::float8 - $4::float8) * (n - 0.5) / $3) / 1000)`
const id = `(left(uuid_at(${at})::text, 14) || '7' || left(md5(n::text), 3) || '-8' || substr(md5(n::text), 4, 3) || '-'
  || substr(md5(n::text), 7, 12))::uuid`
const isFailed = `n % ${failedEvery} = 0`
const failure = `'{"code": "internal", "message": "The last step has failed.", "retry": false}'::jsonb`

const finishedExecutions = `insert into executions (tenant_id, id, workflow_id, version_id, created_at, inputs, trigger, started_by)
  select $1, ${id}, w.id, v.id, ${at}, jsonb_build_object('number', n), jsonb_build_object('number', n), 'bench'
  from generate_series(1, $3::integer) n
  join workflows w on w.tenant_id = $1 and w.name = $2
  join workflow_versions v on v.tenant_id = $1 and v.workflow_id = w.id and v.version = w.current_version`

const finishedEnds = `insert into execution_ends (tenant_id, id, started_at, ended_at, status, failure)
  select $1, ${id}, ${at} + interval '5 ms', ${at} + interval '50 ms', case when ${isFailed} then 'failed' else 'completed' end,
    case when ${isFailed} then ${failure} end
  from generate_series(1, $3::integer) n where $2::text is not null`

/** `offset 0` keeps the planner from working id and time out anew for each of the eleven rows. */
const finishedJournal = `insert into journal (tenant_id, execution_id, seq, type, step, at, started_at, data)
  select $1, e.id, seq, (case when seq < 11 then 'step.completed' else 'execution.ended' end)::journal_event,
    case when seq < 11 then 's' || seq - 1 end, e.at + seq * interval '4 ms', case when seq < 11 then e.at end,
    case when seq = 11 then e.data end
  from (
    select ${id} as id, ${at} as at, jsonb_build_object('status', case when ${isFailed} then 'failed' else 'completed' end) as data
    from generate_series($6::integer + 1, $7::integer) n where $2::text is not null offset 0
  ) e, generate_series(1, 11) seq`

/** Filling leaves gigabytes on their way to the disk, where each commit would wait behind them: all of it arrives first. */
export async function settle(address: DatabaseAddress): Promise<void> {
  await checkpoint(address)
  await promisify(execFile)('sync').catch(() => undefined)
}

export async function newestExecutions(db: Queryable, tenantId: string, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select id from executions where tenant_id = $1 order by id desc limit $2',
    [tenantId, limit],
  )
  return rows.map((row) => row.id)
}
