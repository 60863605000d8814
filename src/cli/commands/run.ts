// `countersign run`: validates a definition, saves it, starts an execution, and follows it.

import { type Command, Option } from 'commander'
import type { Started, StartRequest } from '../../engine/triggers/starter.ts'
import type { Result } from '../../kernel/problem.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import { type DefinitionFile, readDefinition, readText } from '../definition-file.ts'
import type { Exit } from '../exit-code.ts'
import { followHere, type SessionOptions } from '../follow/session.ts'
import { readInputs } from '../given-inputs.ts'
import { asOption, collect, type TenantOption, tenantOption } from '../options.ts'
import { refusalOf } from '../refusal.ts'
import { requireValid, saveDefinition, switchWorkflow } from '../workflow-file.ts'

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
    const started = await start(office, file, {
      tenantId: office.tenant.id,
      workflow: workflow.name,
      inputs,
      startedBy: 'cli',
      ...(options.dedupeKey !== undefined && { dedupeKey: options.dedupeKey }),
    })
    if (!started.ok) throw refusalOf(started.problems)
    const { executionId } = started.value
    if (options.follow) return followHere(office, executionId, options)
    line.terminal.print(
      options.json === true ? JSON.stringify({ execution_id: executionId }) : `Started ${executionId}.`,
    )
    return 'fine'
  })
}

/** One that was switched off is switched on for this start alone: its triggers must not begin to fire because of it. */
async function start(office: Office, file: DefinitionFile, request: StartRequest): Promise<Result<Started>> {
  const { house, terminal } = office
  const { workflow: name } = request
  const { status, webhooks } = await saveDefinition(office, file)
  for (const url of webhooks) terminal.complain(`Webhook of ${name}, shown only now: ${url}`)
  if (status === 'active') return house.starter.start(request)
  await switchWorkflow(office, name, 'active')
  try {
    return await house.starter.start(request)
  } finally {
    await switchWorkflow(office, name, 'inactive')
    terminal.complain(`${name} is inactive and stays so: it was started by hand, its triggers do not fire.`)
  }
}
