// Starts one embedded PostgreSQL for the whole test run, with a migrated database that all test files share.

import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { DatabaseAddress } from '../../src/record/database.ts'
import { createDatabase, startEmbeddedServer } from '../../src/record/embedded/server.ts'
import { migrate } from '../../src/record/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The shared database as its owner reaches it. */
    databaseAddress: DatabaseAddress
    /** The installation's key, in hexadecimal. */
    databaseKey: string
  }
}

const log = { info: () => {}, warn: () => {} }
// A test's data need not outlive the machine; what does is tested by the suites that kill.
const settings = { fsync: 'off', synchronous_commit: 'off' }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-test-'))
  // Open to the user that the server runs under when the tests run as root.
  await chmod(dataDir, 0o755)
  const server = await startEmbeddedServer({ dataDir, log, settings })
  const { connection } = await createDatabase(server, 'countersign_test')
  const databaseAddress = { ...connection, ssl: false }
  const key = randomBytes(32)
  await migrate(databaseAddress, key)
  project.provide('databaseAddress', databaseAddress)
  project.provide('databaseKey', key.toString('hex'))
  return async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
