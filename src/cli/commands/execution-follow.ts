// `countersign executions follow`: follows an execution to its end, and works on it when nobody else does.

import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import type { SessionOptions } from '../follow/session.ts'
import { asOption, jsonOption, type TenantOption, tenantOption } from '../options.ts'
import { withSite } from '../with-site.ts'

export function addExecutionFollow(executions: Command, line: CommandLine): void {
  executions
    .command('follow')
    .description('follow an execution to its end; works on it when no other process does')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--approve', 'approve whatever it asks')
    .option('--reject', 'reject whatever it asks')
    .addOption(asOption())
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async (typed: string, options: TenantOption & SessionOptions) => {
      const exit = await withSite(line, options.tenant, async (site) =>
        site.follow((await site.requireExecution(typed)).id, options),
      )
      line.finish(exit)
    })
}
