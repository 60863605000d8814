// `countersign migrate`: brings the database to this release's schema, or says what is missing.

import { join } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../../config.ts'
import { type DatabaseAddress, parseDatabaseUrl } from '../../record/database.ts'
import { startEmbeddedServer } from '../../record/embedded/server.ts'
import { readPendingMigrations } from '../../record/pending-migrations.ts'
import { type CommandLine, withHouse } from '../command-line.ts'

export function addMigrate(program: Command, line: CommandLine): void {
  program
    .command('migrate')
    .description("bring the database to this release's schema; every start does this too")
    .option('--check', 'change nothing; fail when something is to be done')
    .action(async ({ check = false }: { check?: boolean }) => (check ? checkOnly(line) : apply(line)))
}

async function apply(line: CommandLine): Promise<void> {
  await withHouse(line, async ({ migrated }) => {
    const said = migrated.length === 0 ? ['The database is up to date.'] : migrated.map((name) => `Applied ${name}.`)
    line.terminal.print(...said)
  })
}

async function checkOnly(line: CommandLine): Promise<void> {
  const { terminal } = line
  const pending = await withAddress(line.config(), readPendingMigrations)
  if (pending.length === 0) return terminal.print('The database is up to date.')
  terminal.print(...pending.map((name) => `${name} is to be applied.`))
  line.finish('failed')
}

async function withAddress<T>(
  { databaseUrl, dataDir }: Config,
  work: (address: DatabaseAddress) => Promise<T>,
): Promise<T> {
  if (databaseUrl !== undefined) return work(parseDatabaseUrl(databaseUrl))
  const log = { info: () => undefined, warn: () => undefined }
  const server = await startEmbeddedServer({ dataDir: join(dataDir, 'postgres'), log })
  try {
    return await work({ ...server.connection, ssl: false })
  } finally {
    await server.stop()
  }
}
