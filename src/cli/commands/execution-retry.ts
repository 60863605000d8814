// `countersign executions retry`: goes on from the failed step, also with a mended definition.

import type { Command } from 'commander'
import type { JsonObject } from '../../kernel/json.ts'
import { isMoveLegal } from '../../kernel/plan/moves.ts'
import { workflowSchema } from '../../kernel/definition/workflow.ts'
import type { Execution } from '../../record/executions.ts'
import { findVersion } from '../../record/workflows.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import { readDefinition } from '../definition-file.ts'
import { controlExecution, requireExecution, goOn } from '../execution-signal.ts'
import { followOption, type TenantOption, tenantOption } from '../options.ts'
import { Refusal } from '../refusal.ts'
import { requireValid, saveDefinition } from '../workflow-file.ts'

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
      await withOffice(line, options.tenant, async (office) => {
        const execution = await requireExecution(office, typed)
        await retry(office, execution, options)
        line.finish(await goOn(office, execution.id, options.follow === true))
      })
    })
}

async function retry(office: Office, execution: Execution, { from = [], file }: RetryOptions): Promise<void> {
  if (!isMoveLegal('retry', execution.status)) {
    throw new Refusal(
      'failed',
      `The execution ${execution.id} is ${execution.status}: only a failed or cancelled one can be retried.`,
    )
  }
  const mended = file === undefined ? undefined : await saveMended(office, execution, file)
  const steps = mended?.steps ?? (await stepsOf(office, execution))
  const unknown = from.find((step) => !steps.includes(step))
  if (unknown !== undefined) {
    throw new Refusal(
      'failed',
      `The workflow "${execution.workflow}" has no step "${unknown}".`,
      `It has ${steps.join(', ')}.`,
    )
  }
  const data: JsonObject = { steps: [...from], ...(mended !== undefined && { versionId: mended.versionId }) }
  await controlExecution(office, execution, 'retry', data)
  const where = from.length === 0 ? 'from where it failed' : `from ${from.join(', ')}`
  office.terminal.print(
    `Retrying ${execution.id} ${where}${mended === undefined ? '' : `, with version ${mended.version}`}.`,
  )
}

async function saveMended(office: Office, { workflow: name }: Execution, path: string) {
  const file = await readDefinition(office.terminal, path)
  const workflow = await requireValid(office, file)
  if (workflow.name !== name) {
    throw new Refusal(
      'failed',
      `${file.name} defines "${workflow.name}", but the execution is of "${name}".`,
      'Give it that name.',
    )
  }
  const { versionId, version } = await saveDefinition(office, file)
  return { versionId, version, steps: workflow.steps.map(({ id }) => id) }
}

async function stepsOf({ house, tenant }: Office, { versionId }: Execution): Promise<readonly string[]> {
  const found = await findVersion(house.database.engine, tenant.id, versionId)
  return found === undefined ? [] : workflowSchema.parse(found.definition).steps.map(({ id }) => id)
}
