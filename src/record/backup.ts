// A backup: the whole database at one moment, as text that PostgreSQL reads back as it is, with a manifest around it.

import { createHash, type Hash } from 'node:crypto'
import pg from 'pg'
import { copyOut } from './backup-copy.ts'
import {
  columnList,
  type CopiedTable,
  type Partition,
  readMigrations,
  readPartitions,
  readSequences,
  readTables,
} from './backup-catalog.ts'
import { connectOwner, type DatabaseAddress } from './database.ts'

/** The first line of a backup. After it comes a line and the rows of each table, and at last the `BackupEnd`. */
export interface BackupStart {
  readonly countersign_backup: 1
  readonly product: string
  readonly taken_at: string
  readonly server: string
  readonly migrations: readonly string[]
  /** Names of the keys that what it holds was sealed and signed with, the current one first. */
  readonly keys: readonly string[]
  /** The key file, where it was asked for. */
  readonly key_file?: string
  readonly partitions: readonly Partition[]
  readonly tables: readonly CopiedTable[]
}

/** The last line: a backup without it is not whole. */
export interface BackupEnd {
  readonly end: true
  readonly rows: Readonly<Record<string, number>>
  readonly sequences: Readonly<Record<string, string | null>>
  /** Over everything before this line. */
  readonly sha256: string
}

export interface BackupOptions {
  readonly product: string
  readonly now: Date
  /** Names of the installation's keys. */
  readonly keys: readonly string[]
  readonly keyFile?: string | undefined
}

/** How a table's rows end, as in the files of `pg_dump`: no row can begin like this. */
export const endOfRows = '\\.\n'

/**
 * Reads everything in one transaction, so that it is of one moment whatever goes on meanwhile, and yields it in chunks.
 * Returns how many rows there were of each table.
 */
export async function* readBackup(
  address: DatabaseAddress,
  options: BackupOptions,
): AsyncGenerator<Buffer, Readonly<Record<string, number>>, void> {
  const client = connectOwner(address)
  await client.connect()
  try {
    const { tables, start } = await openSnapshot(client, options)
    const hash = createHash('sha256')
    const rows: Record<string, number> = {}
    yield hashed(hash, line(start))
    for (const table of tables) {
      yield hashed(hash, line({ table: table.name }))
      rows[table.name] = yield* readTable(client, table, hash)
      yield hashed(hash, Buffer.from(endOfRows))
    }
    // Numbers are given out outside of any transaction: read last, they are past every row that was read.
    const sequences = await readSequences(client)
    const end: BackupEnd = { end: true, rows, sequences, sha256: hash.digest('hex') }
    yield line(end)
    return rows
  } finally {
    await client.end()
  }
}

async function openSnapshot(
  client: pg.Client,
  { product, now, keys, keyFile }: BackupOptions,
): Promise<{ tables: readonly CopiedTable[]; start: BackupStart }> {
  const tables = await readTables(client)
  const names = [...tables.map(({ name }) => name), 'schema_migrations'].map((name) => pg.escapeIdentifier(name))
  // An owner whom row-level security would bind is to fail, not to back up what it happens to see.
  await client.query('begin isolation level repeatable read read only; set local row_security = off')
  // Locks take no snapshot, the first query after them does: nothing can be dropped between the two.
  await client.query(`lock table ${names.join(', ')} in access share mode`)
  const { rows } = await client.query<{ server: string }>(`select current_setting('server_version') as server`)
  const start: BackupStart = {
    countersign_backup: 1,
    product,
    taken_at: now.toISOString(),
    server: rows[0]?.server ?? '',
    migrations: await readMigrations(client),
    keys,
    ...(keyFile !== undefined && { key_file: keyFile }),
    partitions: await readPartitions(client),
    tables,
  }
  return { tables, start }
}

async function* readTable(client: pg.Client, table: CopiedTable, hash: Hash): AsyncGenerator<Buffer, number, void> {
  const rows = copyOut(client, `copy (select ${columnList(table)} from ${pg.escapeIdentifier(table.name)}) to stdout`)
  for (;;) {
    const { done, value } = await rows.next()
    if (done === true) return value
    yield hashed(hash, value)
  }
}

function line(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

function hashed(hash: Hash, chunk: Buffer): Buffer {
  hash.update(chunk)
  return chunk
}
