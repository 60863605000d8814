// What this release would do to a database, without doing it.

import { readdir } from 'node:fs/promises'
import { connectOwner, type DatabaseAddress } from './database.ts'

const directory = new URL('./migrations/', import.meta.url)

/** The migrations of this release that the database has not seen, in order; all of them where it is empty. */
export async function readPendingMigrations(address: DatabaseAddress): Promise<string[]> {
  const client = connectOwner(address)
  await client.connect()
  try {
    const files = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
    const { rows: found } = await client.query<{ is_there: boolean }>(
      `select to_regclass('public.schema_migrations') is not null as is_there`,
    )
    if (found[0]?.is_there !== true) return files
    const { rows } = await client.query<{ name: string }>('select name from schema_migrations')
    const done = new Set(rows.map(({ name }) => name))
    return files.filter((name) => !done.has(name))
  } finally {
    await client.end()
  }
}
