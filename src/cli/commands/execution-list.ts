// `countersign executions list`: the newest executions of a tenant.

import { type Command, Option } from 'commander'
import { type ExecutionStatus, executionStatuses } from '../../kernel/plan/moves.ts'
import type { CommandLine } from '../command-line.ts'
import { executionJson, executionTable } from '../execution-table.ts'
import { jsonOption, readLimit, type TenantOption, tenantOption } from '../options.ts'
import { withSite } from '../with-site.ts'

interface ListOptions extends TenantOption {
  readonly status?: ExecutionStatus
  readonly workflow?: string
  readonly limit: number
  readonly json?: true
}

export function addExecutionList(executions: Command, line: CommandLine): void {
  executions
    .command('list')
    .description('the newest executions')
    .addOption(new Option('--status <status>', 'only these').choices(executionStatuses))
    .option('--workflow <name>', 'only those of this workflow')
    .option('--limit <count>', 'how many at most', readLimit, 20)
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async ({ tenant: slug, status, workflow, limit, json }: ListOptions) => {
      await withSite(line, slug, async (site) => {
        const { terminal } = site
        const filter = {
          limit,
          offset: 0,
          ...(status !== undefined && { status }),
          ...(workflow !== undefined && { workflow }),
        }
        const found = await site.listExecutions(filter)
        if (json === true) terminal.print(JSON.stringify(found.map(executionJson), null, 2))
        else if (found.length > 0) terminal.print(...executionTable(found, site.now()))
        else terminal.print('No executions. Start one: npx countersign run FILE')
      })
    })
}
