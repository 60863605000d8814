// Migrations: numbered SQL files, applied in order, each once, forward only.

import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { connectOwner, type DatabaseAddress, roleName, rolePassword } from './database.ts'

const directory = new URL('./migrations/', import.meta.url)

/** Any number that nothing else in the database locks. */
const lockId = 7_240_019

export interface Migrated {
  /** Names of the migrations applied now, in order. */
  readonly applied: readonly string[]
}

/**
 * Brings the database to this release's schema and makes the roles that the engine, the API and sign-in log in as.
 * Safe to run from several processes at once. Throws when the database is of a newer release.
 */
export async function migrate(address: DatabaseAddress, key: Buffer): Promise<Migrated> {
  const client = connectOwner(address)
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [lockId])
    const files = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
    await client.query(
      'create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string }>('select name from schema_migrations')
    const done = new Set(rows.map((row) => row.name))
    refuseNewer(done, files)
    await ensureRoles(client, address.database, key)
    const applied = files.filter((name) => !done.has(name))
    for (const name of applied) await apply(client, address.database, name)
    return { applied }
  } finally {
    await client.end()
  }
}

function refuseNewer(done: ReadonlySet<string>, files: readonly string[]): void {
  const unknown = [...done].filter((name) => !files.includes(name))
  if (unknown.length === 0) return
  throw new Error(
    `The database was migrated by a newer release (${unknown.join(', ')}). Run that release or restore a backup.`,
  )
}

async function apply(client: pg.Client, database: string, name: string): Promise<void> {
  const text = await readFile(new URL(name, directory), 'utf8')
  const statements = text
    .replaceAll('{api}', pg.escapeIdentifier(roleName(database, 'api')))
    .replaceAll('{engine}', pg.escapeIdentifier(roleName(database, 'engine')))
    .replaceAll('{identity}', pg.escapeIdentifier(roleName(database, 'identity')))
  await client.query('begin')
  try {
    await client.query(statements)
    await client.query('insert into schema_migrations (name) values ($1)', [name])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/**
 * The engine finds everything by its key. Its statements are planned once, maybe while a table is all but empty, and a plan
 * that reads such a table from end to end would be kept while it fills.
 */
const enginePlans = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit']

async function ensureRoles(client: pg.Client, database: string, key: Buffer): Promise<void> {
  for (const role of ['api', 'engine', 'identity'] as const) {
    const name = roleName(database, role)
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name])
    const password = pg.escapeLiteral(rolePassword(key, name))
    // An owner who is no superuser may not even mention the other attributes of a role that exists.
    const verb = rowCount === 0 ? 'create' : 'alter'
    const attributes = rowCount === 0 ? 'nosuperuser nocreatedb nocreaterole' : ''
    await client.query(`${verb} role ${pg.escapeIdentifier(name)} login ${attributes} password ${password}`)
    await client.query(`grant usage on schema public to ${pg.escapeIdentifier(name)}`)
  }
  // Actions that write do so as the API's role, inside the engine's transaction: the tenant's wall holds for packs too.
  const role = (name: 'api' | 'engine' | 'identity') => pg.escapeIdentifier(roleName(database, name))
  const [api, engine] = [role('api'), role('engine')]
  for (const setting of enginePlans) await client.query(`alter role ${engine} set ${setting} = off`)
  // Who accepts an invitation becomes a member in the same transaction, behind the same wall.
  for (const holder of [engine, role('identity')]) {
    await client
      .query(`grant ${api} to ${holder} with inherit false`)
      .catch(() => client.query(`grant ${api} to ${holder}`))
  }
}
