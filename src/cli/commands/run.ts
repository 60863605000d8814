// `countersign run`: validates a definition, saves it, starts an execution, and follows it.

import { type Command, Option } from 'commander'
import { triggersOf, type Workflow } from '../../kernel/definition/workflow.ts'
import { findWorkflow } from '../../record/workflows.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import { readDefinition, readText } from '../definition-file.ts'
import type { Exit } from '../exit-code.ts'
import { followHere, type SessionOptions } from '../follow/session.ts'
import { readInputs } from '../given-inputs.ts'
import { asOption, collect, type TenantOption, tenantOption } from '../options.ts'
import { Refusal, refusalOf } from '../refusal.ts'
import { requireValid, saveDefinition } from '../workflow-file.ts'

interface RunOptions extends TenantOption, SessionOptions {
  readonly input?: readonly string[]
  readonly follow: boolean
  readonly dedupeKey?: string
}

export function addRun(program: Command, line: CommandLine): void {
  program
    .command('run')
    .description('validate a definition, save it, start an execution and follow it')
    .argument('<file>', 'a YAML or JSON file; - reads stdin')
    .option('--input <input>', 'JSON, @file or name=value; may be repeated', collect)
    .addOption(new Option('--approve', 'approve whatever it asks').conflicts('reject'))
    .option('--reject', 'reject whatever it asks')
    .addOption(asOption())
    .option('--no-follow', 'start it and leave it to a worker')
    .option('--dedupe-key <key>', 'start nothing when an execution was started with this key before')
    .option('--json', 'print each lifecycle event as a line of JSON')
    .addOption(tenantOption())
    .action(async (path: string, options: RunOptions) => {
      line.finish(await run(line, path, options))
    })
}

async function run(line: CommandLine, path: string, options: RunOptions): Promise<Exit> {
  const file = await readDefinition(line.terminal, path)
  return withOffice(line, options.tenant, async (office) => {
    const workflow = await requireValid(office, file)
    const inputs = await readInputs(options.input ?? [], workflow.inputs ?? {}, readText)
    await save(office, file, workflow)
    const { dedupeKey } = options
    const started = await office.house.starter.start({
      ...{ tenantId: office.tenant.id, workflow: workflow.name, inputs, startedBy: 'cli' },
      ...(dedupeKey !== undefined && { dedupeKey }),
    })
    if (!started.ok) throw refusalOf(started.problems)
    const { executionId } = started.value
    if (options.follow) return followHere(office, executionId, options)
    line.terminal.print(options.json === true ? JSON.stringify({ execution_id: executionId }) : `Started ${executionId}.`)
    return 'fine'
  })
}

/**
 * A workflow starts by hand only while it is active, and so do its triggers: one that would begin to fire because somebody
 * tried it once has to be switched on first.
 */
async function save(office: Office, file: { name: string; source: string }, workflow: Workflow): Promise<void> {
  const { house, tenant, terminal } = office
  const known = await findWorkflow(house.database.engine, tenant.id, workflow.name)
  const isByItself = triggersOf(workflow).some((trigger) => 'schedule' in trigger || 'every' in trigger)
  if (known?.status === 'inactive') {
    throw new Refusal(
      'failed',
      `The workflow "${workflow.name}" is inactive.`,
      `Switch it on first: npx countersign workflows enable ${workflow.name}${isByItself ? ' (its schedule begins to count then)' : ''}`,
    )
  }
  const { webhooks } = await saveDefinition(office, file)
  for (const url of webhooks) terminal.complain(`Webhook of ${workflow.name}, shown only now: ${url}`)
}
