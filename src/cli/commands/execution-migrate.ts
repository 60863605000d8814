// `countersign executions migrate`: moves a waiting execution to another version of its workflow.

import { type Command, InvalidArgumentError } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { sayMigration } from '../migration-lines.ts'
import { followOption, reasonOption, type TenantOption, tenantOption } from '../options.ts'
import { withSite } from '../with-site.ts'

interface MigrateOptions extends TenantOption {
  readonly to?: number
  readonly dryRun?: true
  readonly reason?: string
  readonly follow?: true
}

export function addExecutionMigrate(executions: Command, line: CommandLine): void {
  executions
    .command('migrate')
    .description('move a waiting execution to another version of its workflow; its open approvals are asked for anew')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--to <version>', 'the version; the newest when absent', versionNumber)
    .option('--dry-run', 'only say what would happen to each step')
    .addOption(reasonOption())
    .addOption(followOption())
    .addOption(tenantOption())
    .action(async (typed: string, { to: version, dryRun, reason, follow, tenant }: MigrateOptions) => {
      await withSite(line, tenant, async (site) => {
        const { id } = await site.requireExecution(typed)
        const isDryRun = dryRun === true
        const migration = await site.migrate(id, { version, reason, isDryRun })
        for (const text of sayMigration(id, migration, isDryRun)) line.terminal.print(text)
        if (!isDryRun) line.finish(await site.goOn(id, follow === true))
      })
    })
}

function versionNumber(text: string): number {
  const version = Number(text)
  if (Number.isSafeInteger(version) && version > 0) return version
  throw new InvalidArgumentError('It must be a number from 1.')
}
