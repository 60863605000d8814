// What `doctor` looks at on the machine: Node.js, the key, the disk, the mail server.

import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../../config.ts'
import { type Check, fine, note, wrong } from './check.ts'

/** The first release whose `crypto` makes UUIDv7 and that runs TypeScript unbuilt. */
const oldestNode = 26

export function checkNode(version: string): Check {
  const major = Number(version.split('.', 1)[0])
  if (major >= oldestNode) return fine('Node.js', version)
  return wrong(
    'Node.js',
    `${version} is too old.`,
    `Start through npm or npx, which bring Node.js ${oldestNode}, or install it.`,
  )
}

export async function checkKey(keyFile: string): Promise<Check> {
  try {
    const { mode } = await stat(keyFile)
    if ((mode & 0o077) === 0) return fine('key', `${keyFile} is readable by its owner alone.`)
    return wrong(
      'key',
      `${keyFile} can be read by others (mode ${(mode & 0o777).toString(8)}).`,
      `chmod 600 ${keyFile}`,
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return wrong(
      'key',
      `The key file cannot be looked at: ${reason}.`,
      'Set COUNTERSIGN_KEY_FILE to where the key is, or restore it from a backup.',
    )
  }
}

const scarceBytes = 200_000_000
const lowBytes = 2_000_000_000

export async function checkDisk(dataDir: string): Promise<Check> {
  const { bavail, bsize } = await freeSpace(dataDir)
  return judgeDisk(dataDir, bavail * bsize)
}

export function judgeDisk(dataDir: string, freeBytes: number): Check {
  const free = freeBytes >= 1e9 ? `${(freeBytes / 1e9).toFixed(1)} GB` : `${Math.floor(freeBytes / 1e6)} MB`
  const remedy = 'Make room, or set COUNTERSIGN_DATA to a directory on a larger disk.'
  if (freeBytes < scarceBytes) return wrong('disk', `Only ${free} are free at ${dataDir}.`, remedy)
  return freeBytes < lowBytes
    ? note('disk', `${free} are free at ${dataDir}.`, remedy)
    : fine('disk', `${free} are free.`)
}

/** Of the directory, or of the nearest one above it that exists. */
async function freeSpace(directory: string): Promise<{ bavail: number; bsize: number }> {
  try {
    return await statfs(directory)
  } catch (error) {
    const above = dirname(directory)
    if (above === directory) throw error
    return freeSpace(above)
  }
}

export function checkMail({ smtpUrl }: Pick<Config, 'smtpUrl'>): Check {
  if (smtpUrl !== undefined) return fine('mail', `Goes through ${new URL(smtpUrl).host}.`)
  return note(
    'mail',
    'No mail server is set: steps that send e-mail fail.',
    'Set SMTP_URL, such as smtp://user:password@mail.example.com:587.',
  )
}
