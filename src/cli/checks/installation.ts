// Everything that `doctor` looks at, also when the database cannot be opened.

import { openHouse } from '../../main.ts'
import type { CommandLine } from '../command-line.ts'
import { failureOf } from '../refusal.ts'
import { type Check, wrong } from './check.ts'
import { checkDatabase } from './database.ts'
import { checkDisk, checkKey, checkMail, checkNode } from './machine.ts'

/** Throws `ConfigError`: without a configuration there is nothing to look at. */
export async function checkInstallation(line: CommandLine): Promise<Check[]> {
  const config = line.config()
  const database = await lookAtDatabase(line)
  return [
    checkNode(process.versions.node),
    ...database,
    // After the house was opened: the first start makes the key.
    await checkKey(config.keyFile),
    await checkDisk(config.dataDir),
    checkMail(config),
  ]
}

async function lookAtDatabase(line: CommandLine): Promise<Check[]> {
  try {
    const house = await openHouse(line.config(), { log: () => undefined })
    try {
      return await checkDatabase(house)
    } finally {
      await house.close()
    }
  } catch (error) {
    const { message, hint } = failureOf(error)
    return [wrong('database', message, hint ?? 'Check DATABASE_URL and COUNTERSIGN_DATA.')]
  }
}
