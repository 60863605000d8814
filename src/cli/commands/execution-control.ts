// `countersign executions cancel`, `pause`, `resume` and `rerun`.

import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { followOption, reasonOption, type TenantOption, tenantOption } from '../options.ts'
import { withSite } from '../with-site.ts'

type Control = 'cancel' | 'pause' | 'resume'

interface ControlOptions extends TenantOption {
  readonly reason?: string
  readonly follow?: true
}

const descriptions: Readonly<Record<Control, string>> = {
  cancel: 'cancel an execution; what it has done is compensated',
  pause: 'start nothing new in an execution until it is resumed',
  resume: 'go on with a paused execution',
}

export function addExecutionControl(executions: Command, line: CommandLine): void {
  for (const control of ['cancel', 'pause', 'resume'] as const) addControl(executions, line, control)
  executions
    .command('rerun')
    .description('start a new execution with the same inputs, of the current version')
    .argument('<id>', 'its id, or the beginning of it')
    .addOption(followOption())
    .addOption(tenantOption())
    .action(async (typed: string, options: ControlOptions) => {
      await withSite(line, options.tenant, async (site) => {
        const id = await site.rerun(await site.requireExecution(typed))
        line.terminal.print(`Started ${id}.`)
        line.finish(await site.goOn(id, options.follow === true))
      })
    })
}

function addControl(executions: Command, line: CommandLine, control: Control): void {
  const command = executions
    .command(control)
    .description(descriptions[control])
    .argument('<id>', 'its id, or the beginning of it')
    .addOption(tenantOption())
    .addOption(followOption())
  if (control !== 'resume') command.addOption(reasonOption())
  command.action(async (typed: string, { tenant, reason, follow }: ControlOptions) => {
    await withSite(line, tenant, async (site) => {
      const { id } = await site.requireExecution(typed)
      await site.control(id, control, reason)
      line.terminal.print(`${said[control]} ${id}.`)
      line.finish(await site.goOn(id, follow === true))
    })
  })
}

const said: Readonly<Record<Control, string>> = { cancel: 'Cancelling', pause: 'Pausing', resume: 'Resuming' }
