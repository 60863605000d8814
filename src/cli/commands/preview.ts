// `countersign preview`: what a definition would do, step by step, without doing it.

import type { Command } from 'commander'
import { previewBody } from '../../api/shapes/preview.ts'
import { previewWorkflow } from '../../governance/preview.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import { asTenant } from '../../record/database.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import { type DefinitionFile, readDefinition, readText } from '../definition-file.ts'
import { readInputs } from '../given-inputs.ts'
import { collect, jsonOption, type TenantOption, tenantOption } from '../options.ts'
import { refusalOf } from '../refusal.ts'
import { previewLines, type PreviewBody } from '../testing/preview-lines.ts'
import { requireValid } from '../workflow-file.ts'

interface PreviewOptions extends TenantOption {
  readonly input?: readonly string[]
  readonly json?: true
}

export function addPreview(program: Command, line: CommandLine): void {
  program
    .command('preview')
    .description('show what a definition would do, what would leave, who must approve, and how long it takes')
    .argument('<file>', 'a YAML or JSON file; - reads stdin')
    .option('--input <input>', 'JSON, @file or name=value; samples stand for what is not given', collect)
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async (path: string, options: PreviewOptions) => {
      const { terminal } = line
      const file = await readDefinition(terminal, path)
      const preview = await withOffice(line, options.tenant, (office) => previewFile(office, file, options))
      if (options.json === true) terminal.print(JSON.stringify(preview, null, 2))
      else terminal.print(...previewLines(preview, terminal.paint, terminal.size().columns))
      line.finish('fine')
    })
}

/** Throws `Refusal` with every problem of the definition, or of the inputs. */
async function previewFile(office: Office, file: DefinitionFile, options: PreviewOptions): Promise<PreviewBody> {
  const { house, tenant } = office
  const workflow = await requireValid(office, file)
  const inputs = await readInputs(options.input ?? [], workflow.inputs ?? {}, readText)
  const previewed = await asTenant(house.database, tenant.id, (client) =>
    previewWorkflow(house, client, operatorOf(tenant.id), workflow, { inputs }),
  )
  if (!previewed.ok) throw refusalOf(previewed.problems)
  return previewBody(previewed.value)
}
