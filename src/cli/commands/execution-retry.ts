// `countersign executions retry`: goes on from the failed step, also with a mended definition.

import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { followOption, type TenantOption, tenantOption } from '../options.ts'
import { withSite } from '../with-site.ts'

interface RetryOptions extends TenantOption {
  readonly from?: readonly string[]
  readonly file?: string
  readonly follow?: true
}

export function addExecutionRetry(executions: Command, line: CommandLine): void {
  executions
    .command('retry')
    .description('go on from the failed step, or from the steps that are named')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--from <step...>', 'retry from these steps; they and what follows them run again')
    .option('--file <path>', 'save this mended definition and go on with it')
    .addOption(followOption())
    .addOption(tenantOption())
    .action(async (typed: string, options: RetryOptions) => {
      await withSite(line, options.tenant, async (site) => {
        const execution = await site.requireExecution(typed)
        line.terminal.print(await site.retry(execution, { from: options.from ?? [], file: options.file }))
        line.finish(await site.goOn(execution.id, options.follow === true))
      })
    })
}
