// `countersign executions cancel`, `pause`, `resume` and `rerun`.

import type { Command } from 'commander'
import type { Execution } from '../../record/executions.ts'
import type { SignalKind } from '../../record/signals.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import { controlExecution, requireExecution, goOn } from '../execution-signal.ts'
import { followOption, reasonOption, type TenantOption, tenantOption } from '../options.ts'
import { refusalOf } from '../refusal.ts'

type Control = Extract<SignalKind, 'cancel' | 'pause' | 'resume'>

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
      await withOffice(line, options.tenant, async (office) => {
        const execution = await requireExecution(office, typed)
        const id = await rerun(office, execution)
        line.terminal.print(`Started ${id}.`)
        line.finish(await goOn(office, id, options.follow === true))
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
    await withOffice(line, tenant, async (office) => {
      const execution = await requireExecution(office, typed)
      await controlExecution(office, execution, control, reason === undefined ? {} : { reason })
      line.terminal.print(`${said[control]} ${execution.id}.`)
      line.finish(await goOn(office, execution.id, follow === true))
    })
  })
}

const said: Readonly<Record<Control, string>> = { cancel: 'Cancelling', pause: 'Pausing', resume: 'Resuming' }

async function rerun({ house, tenant }: Office, { workflow, inputs }: Execution): Promise<string> {
  const started = await house.starter.start({ tenantId: tenant.id, workflow, inputs, startedBy: 'cli' })
  if (!started.ok) throw refusalOf(started.problems)
  return started.value.executionId
}
