// Restores a backup into an empty database: all of it in one transaction, or nothing.

// cspell:ignore setval
import pg from 'pg'
import { z } from 'zod'
import {
  columnList,
  type CopiedTable,
  readMigrations,
  readPartitions,
  readTables,
  readTriggeredTables,
} from './backup-catalog.ts'
import { copyIn } from './backup-copy.ts'
import { BackupError, BackupReader } from './backup-reader.ts'
import { connectOwner, type DatabaseAddress } from './database.ts'

/** What a file says is checked before it becomes part of a statement. */
const name = z.string().regex(/^[a-z][a-z0-9_]*$/)
const startSchema = z.object({
  countersign_backup: z.literal(1),
  product: z.string(),
  taken_at: z.string(),
  server: z.string(),
  migrations: z.array(z.string()),
  keys: z.array(z.string()),
  key_file: z.string().optional(),
  partitions: z.array(
    z.object({
      table: name,
      name,
      bound: z.string().regex(/^FOR VALUES FROM \('[\w :.+-]+'\) TO \('[\w :.+-]+'\)$/),
    }),
  ),
  tables: z.array(z.object({ name, columns: z.array(z.string()).min(1) })),
})
const endSchema = z.object({
  end: z.literal(true),
  rows: z.record(z.string(), z.number()),
  sequences: z.record(name, z.string().regex(/^\d+$/).nullable()),
  sha256: z.string(),
})

export type RestoredStart = z.output<typeof startSchema>

export interface Restored {
  readonly rows: Readonly<Record<string, number>>
}

/** A backup whose first line has been read. */
export interface OpenedBackup {
  readonly start: RestoredStart
  /**
   * Fills the database, which has been migrated and holds no tenant. Throws `BackupError`, having changed nothing, where the
   * backup is damaged or of another schema, and where the database is in use.
   */
  restoreInto(address: DatabaseAddress, now: Date): Promise<Restored>
}

/** Reads the first line. Throws `BackupError` where it is none of a backup's. */
export async function openBackup(source: AsyncIterable<Buffer>): Promise<OpenedBackup> {
  const reader = new BackupReader(source)
  const start = parse(startSchema, (await reader.line()).text)
  return { start, restoreInto: (address, now) => restore({ address, now }, reader, start) }
}

async function restore(
  { address, now }: { readonly address: DatabaseAddress; readonly now: Date },
  reader: BackupReader,
  start: RestoredStart,
): Promise<Restored> {
  const client = connectOwner(address)
  await client.connect()
  try {
    await client.query('begin')
    const tables = await prepare(client, start)
    const rows: Record<string, number> = {}
    for (const table of tables) rows[table.name] = await fill(client, reader, table)
    await finish(client, reader, rows)
    await freeExecutions(client, now)
    await client.query('commit')
    // Without it the first statements would be planned as if all tables were empty.
    await client.query('analyze')
    return { rows }
  } finally {
    // Ends the transaction too, where it has not been committed.
    await client.end()
  }
}

/** Locks and empties the tables; returns them in the order of the backup. */
async function prepare(client: pg.Client, start: RestoredStart): Promise<readonly CopiedTable[]> {
  const here = await readTables(client)
  checkMigrations(start.migrations, await readMigrations(client))
  checkTables(start.tables, here)
  const quoted = here.map((table) => pg.escapeIdentifier(table.name))
  await client.query(`lock table ${quoted.join(', ')} in access exclusive mode`)
  const { rowCount } = await client.query('select from tenants limit 1')
  if (rowCount !== 0) {
    throw new BackupError('The database is in use: it holds a tenant. Restore into an empty one.')
  }
  for (const table of await readTriggeredTables(client)) {
    await client.query(`alter table ${pg.escapeIdentifier(table)} disable trigger user`)
  }
  // What migrations themselves put there is part of the backup.
  await client.query(`truncate ${quoted.join(', ')}`)
  const known = new Set((await readPartitions(client)).map((partition) => partition.name))
  for (const { name: partition, table, bound } of start.partitions) {
    if (known.has(partition)) continue
    await client.query(
      `create table ${pg.escapeIdentifier(partition)} partition of ${pg.escapeIdentifier(table)} ${bound}`,
    )
  }
  return start.tables
}

function checkMigrations(theirs: readonly string[], ours: readonly string[]): void {
  const newer = theirs.find((migration) => !ours.includes(migration))
  if (newer !== undefined) {
    throw new BackupError(
      `The backup is of a newer release: this one does not know ${newer}. Restore it with that release.`,
    )
  }
  const missing = ours.find((migration) => !theirs.includes(migration))
  if (missing !== undefined) {
    throw new BackupError(
      `The backup is of an older release, from before ${missing}. Restore it with that release; this one then migrates it.`,
    )
  }
}

function checkTables(theirs: readonly CopiedTable[], ours: readonly CopiedTable[]): void {
  const text = (tables: readonly CopiedTable[]) =>
    tables
      .map((table) => `${table.name} (${[...table.columns].toSorted().join(', ')})`)
      .toSorted()
      .join('; ')
  if (text(theirs) === text(ours)) return
  throw new BackupError('The tables of the backup are not those of this release, although its migrations are.')
}

async function fill(client: pg.Client, reader: BackupReader, table: CopiedTable): Promise<number> {
  const { text } = await reader.line()
  if (text !== JSON.stringify({ table: table.name }))
    throw new BackupError(`The backup is damaged before ${table.name}.`)
  const into = `copy ${pg.escapeIdentifier(table.name)} (${columnList(table)}) from stdin`
  return copyIn(client, into, reader.rows())
}

async function finish(client: pg.Client, reader: BackupReader, rows: Readonly<Record<string, number>>): Promise<void> {
  const { text, sha256Before } = await reader.line()
  const end = parse(endSchema, text)
  const isWhole = Object.entries(end.rows).every(([table, count]) => rows[table] === count)
  if (end.sha256 !== sha256Before || !isWhole || !(await reader.isAtEnd())) {
    throw new BackupError('The backup is damaged: it is not what was written. Take another one.')
  }
  for (const [sequence, last] of Object.entries(end.sequences)) {
    if (last !== null) await client.query('select setval($1::regclass, $2)', [pg.escapeIdentifier(sequence), last])
  }
  for (const table of await readTriggeredTables(client)) {
    await client.query(`alter table ${pg.escapeIdentifier(table)} enable trigger user`)
  }
}

/** The workers of then are not those of now: what they were at is free at once. */
async function freeExecutions(client: pg.Client, now: Date): Promise<void> {
  await client.query('update live_executions set worker_id = null, runnable_at = $1 where worker_id is not null', [now])
  await client.query('delete from workers')
}

function parse<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  const parsed = schema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  throw new BackupError('The file is no backup of Countersign, or it is damaged.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
