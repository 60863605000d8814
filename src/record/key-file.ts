// The file of the installation's keys: one a line, the current one first. Made on the first start.

import { randomBytes, randomUUID } from 'node:crypto'
import { chown, link, mkdir, open, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const keyBytes = 32

/** The current key, and those of before it, which open and verify what was made with them. */
export type Keys = readonly [Buffer, ...Buffer[]]

/** Reads the keys, or makes one that only its owner can read. Two first starts at once end with the same key. */
export async function readKeys(path: string): Promise<Keys> {
  const found = await read(path)
  if (found !== undefined) return found
  await mkdir(dirname(path), { recursive: true })
  // Of one's own: the file that was linked is the file that was written.
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, `${newKey()}\n`, { mode: 0o600, flag: 'wx' })
  try {
    // A link fails where a file exists: whoever is first, wins.
    await link(temporary, path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await unlink(temporary)
  }
  const made = await read(path)
  if (made === undefined) throw new Error(`The key file ${path} vanished while it was made.`)
  return made
}

/** The key that log-ins to the database are derived from: the oldest, so that a new one on top locks nobody out. */
export async function readKeyFile(path: string): Promise<Buffer> {
  const keys = await readKeys(path)
  return keys.at(-1) ?? keys[0]
}

/** Puts a new key on top. A process that dies meanwhile leaves the old file or the new one, never a part of it. */
export async function addKey(path: string): Promise<void> {
  const [text, { uid, gid }] = [await readFile(path, 'utf8'), await stat(path)]
  const temporary = `${path}.${process.pid}.new`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(`${newKey()}\n${text}`)
      await file.sync()
    } finally {
      await file.close()
    }
    // An operator who is root must not take the file away from the user whom the processes run as.
    await chown(temporary, uid, gid)
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

const newKey = (): string => randomBytes(keyBytes).toString('base64url')

async function read(path: string): Promise<Keys | undefined> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '')
    const [current, ...others] = lines.map((line) => Buffer.from(line.trim(), 'base64url'))
    if (current !== undefined && [current, ...others].every(({ length }) => length >= keyBytes)) {
      return [current, ...others]
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  throw new Error(
    `The key file ${path} does not hold a key of ${keyBytes} bytes in base64url on each line. Restore it from a backup.`,
  )
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
