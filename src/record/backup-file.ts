// The file of a backup: compressed, and there under its name only once it is whole.

import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, createGzip } from 'node:zlib'
import { BackupError } from './backup-reader.ts'

/** Twice as fast as the usual level, and a tenth larger. */
const compression = { level: 3, chunkSize: 256 * 1024 }

/** Writes the chunks beside the file, and gives them its name at the end. Throws where the file exists. Returns its size. */
export async function writeBackupFile(path: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  if (await isThere(path)) throw new BackupError(`${path} exists. Give another name: a backup overwrites nothing.`)
  const partial = `${path}.partial-${process.pid}`
  try {
    // Who can read it can read everything.
    const file = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(
      Readable.from(chunks, { objectMode: false, highWaterMark: compression.chunkSize }),
      createGzip(compression),
      file,
    )
    const { size } = await stat(partial)
    await rename(partial, path)
    await syncDirectory(path)
    return size
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** The chunks of a file. They throw `BackupError` where it is damaged, or cannot be read. */
export async function* readBackupFile(path: string): AsyncGenerator<Buffer, void, void> {
  const unpacked = createGunzip({ chunkSize: compression.chunkSize, finishFlush: constants.Z_NO_FLUSH })
  const file = createReadStream(path, { highWaterMark: compression.chunkSize })
  const reading = pipeline(file, unpacked)
  reading.catch(() => undefined)
  try {
    for await (const chunk of unpacked) yield Buffer.from(chunk)
    await reading
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
    if (code === 'ENOENT') throw new BackupError(`There is no file ${path}.`)
    if (code.startsWith('Z_')) throw new BackupError('The backup is damaged, or no backup: it cannot be unpacked.')
    throw error
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** A name that is new survives a crash of the machine only once its directory is written. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r').catch(() => undefined)
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}
