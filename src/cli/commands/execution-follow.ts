// `countersign executions follow`: follows an execution to its end, and works on it when nobody else does.

import type { Command } from 'commander'
import { type CommandLine, requireId, withOffice } from '../command-line.ts'
import { followHere, type SessionOptions } from '../follow/session.ts'
import { asOption, jsonOption, type TenantOption, tenantOption } from '../options.ts'

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
      const exit = await withOffice(line, options.tenant, async (office) => {
        const id = await requireId(office, 'executions', typed)
        return followHere(office, id, options)
      })
      line.finish(exit)
    })
}
