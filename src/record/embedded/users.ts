// The register of processes that use one embedded server: the last one to leave stops it.

import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processIdentity } from './process-identity.ts'

/** Enters this process and returns what takes it out again. One process may enter several times. */
export async function registerUser(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, `${process.pid}-${randomUUID()}`)
  await writeFile(file, String(await processIdentity(process.pid)), { flag: 'wx' })
  return () => rm(file, { force: true })
}

/** Whether a live process is registered. Entries of processes that were killed are removed on the way. */
export async function hasLiveUser(directory: string): Promise<boolean> {
  const entries = await readdir(directory)
  const alive = await Promise.all(entries.map((entry) => isAlive(join(directory, entry), Number.parseInt(entry, 10))))
  return alive.includes(true)
}

async function isAlive(file: string, pid: number): Promise<boolean> {
  const registered = await readFile(file, 'utf8')
  if (registered === (await processIdentity(pid))) return true
  await rm(file, { force: true })
  return false
}
