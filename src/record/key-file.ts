// The installation's key: signs tokens and derives the database roles' passwords. Made on the first start.

import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const keyBytes = 32

/** Reads the key, or makes one that only its owner can read. Two first starts at once end with the same key. */
export async function readKeyFile(path: string): Promise<Buffer> {
  const found = await read(path)
  if (found !== undefined) return found
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, `${randomBytes(keyBytes).toString('base64url')}\n`, { mode: 0o600 })
  try {
    // A link fails where a file exists: whoever is first, wins.
    await link(temporary, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await unlink(temporary)
  }
  const made = await read(path)
  if (made === undefined) throw new Error(`The key file ${path} vanished while it was made.`)
  return made
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64url')
    if (key.length >= keyBytes) return key
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  throw new Error(
    `The key file ${path} does not hold a key of ${keyBytes} bytes in base64url. Restore it from a backup.`,
  )
}
