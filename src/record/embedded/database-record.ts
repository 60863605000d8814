// database.json in the data directory: where the embedded database lives and the password of its superuser.

import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EmbeddedServerError } from './failure.ts'
import { exists, unlessMissing } from './presence.ts'

const recordSchema = z.object({
  /** Relative to the data directory, so that it can be moved; absolute where the database had to live elsewhere. */
  home: z.string().min(1),
  user: z.string().min(1),
  password: z.string().min(1),
  database: z.string().min(1),
})

export type DatabaseRecord = z.output<typeof recordSchema>

export async function readRecord(dataDir: string): Promise<DatabaseRecord | undefined> {
  const file = join(dataDir, 'database.json')
  const text = await readFile(file, 'utf8').catch(unlessMissing)
  if (text === undefined) return undefined
  const record = recordSchema.safeParse(parseJson(text))
  if (record.success) return record.data
  throw new EmbeddedServerError(
    `${file} is damaged; it holds the password of the database.`,
    'Restore it from a backup.',
  )
}

/** Called under the lock. A cluster without its record is locked for good, so no new password is made for one. */
export async function ensureRecord(dataDir: string, home: string): Promise<DatabaseRecord> {
  const existing = await readRecord(dataDir)
  if (existing !== undefined) return existing
  const file = join(dataDir, 'database.json')
  if (await exists(join(home, 'cluster'))) {
    throw new EmbeddedServerError(
      `${file} is missing; it holds the password of the database in ${home}.`,
      'Restore it from a backup.',
    )
  }
  const record: DatabaseRecord = {
    home: home === dataDir ? '.' : home,
    user: 'countersign',
    password: randomBytes(32).toString('base64url'),
    database: 'countersign',
  }
  await writeWhole(file, `${JSON.stringify(record, null, 2)}\n`)
  return record
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Under its name there is the whole file or none, also after a power failure. */
async function writeWhole(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`
  await rm(fresh, { force: true })
  const handle = await open(fresh, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, file)
}
