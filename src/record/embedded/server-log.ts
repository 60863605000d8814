// The file that the server's output goes to: opened, read from behind, and kept small.

import { constants } from 'node:fs'
import { copyFile, open, stat, truncate, type FileHandle } from 'node:fs/promises'

/** Where the embedded server reports its own life; a pino logger fits. */
export interface EmbeddedLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

const capBytes = 8 * 1024 * 1024

/** Appending, so that the file can be emptied under a server that writes to it; never through a link that someone planted. */
export async function openServerLog(file: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  return open(file, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600)
}

/** Moves the content of a log that has grown too large into `<file>.1`; on a full disk it is dropped. Never fails. */
export async function capServerLog(file: string, maxBytes = capBytes): Promise<void> {
  if ((await sizeOfServerLog(file)) <= maxBytes) return
  await copyFile(file, `${file}.1`).catch(() => undefined)
  await truncate(file).catch(() => undefined)
}

export async function sizeOfServerLog(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  )
}

const tailBytes = 16 * 1024
const tailLines = 20

/** The last lines that were written from byte `start` on. */
export async function tailOfServerLog(file: string, start: number): Promise<readonly string[]> {
  const size = await sizeOfServerLog(file)
  const from = Math.max(start, size - tailBytes)
  if (size <= from) return []
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return []
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from)
    return linesOf(buffer.toString('utf8', 0, bytesRead)).slice(-tailLines)
  } finally {
    await handle.close()
  }
}

export function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}
