// The lock under which processes start and stop one embedded server, one at a time.

import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { unlessMissing } from './presence.ts'
import type { EmbeddedLog } from './server-log.ts'

const pollMs = 5
const reportMs = 5000

/**
 * Waits for the lock and returns what releases it. Node has no flock; an exclusive transaction of SQLite on an empty file
 * is a lock of the kernel, which also goes when its holder is killed.
 */
export async function lock(file: string, log: EmbeddedLog): Promise<() => void> {
  await checkWritable(file)
  const database = new DatabaseSync(file, { timeout: 0 })
  let reportAt = Date.now() + reportMs
  while (!tryLock(database)) {
    if (Date.now() >= reportAt) {
      log.info({ file }, 'waiting for another process that starts or stops the embedded database')
      reportAt += reportMs
    }
    await delay(pollMs)
  }
  return () => database.close()
}

/** SQLite would say less. Opening the file to see would give up a lock that this process holds (POSIX). */
async function checkWritable(file: string): Promise<void> {
  await access(dirname(file), constants.W_OK | constants.X_OK)
  await access(file, constants.R_OK | constants.W_OK).catch(unlessMissing)
}

const sqliteBusy = 5

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('begin exclusive')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false
    database.close()
    throw error
  }
}
