// `countersign migrate`: brings the database to this release's schema.

import type { Command } from 'commander'
import { type CommandLine, withHouse } from '../command-line.ts'

export function addMigrate(program: Command, line: CommandLine): void {
  program
    .command('migrate')
    .description("bring the database to this release's schema; every start does this too")
    .action(async () => {
      await withHouse(line, async ({ migrated }) => {
        const said =
          migrated.length === 0 ? ['The database is up to date.'] : migrated.map((name) => `Applied ${name}.`)
        line.terminal.print(...said)
      })
    })
}
