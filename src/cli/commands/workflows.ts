// `countersign workflows`: saves definitions, lists workflows, switches them on and off.

import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { readDefinition } from '../definition-file.ts'
import { sayMoment } from '../elapsed.ts'
import { jsonOption, readLimit, type TenantOption, tenantOption } from '../options.ts'
import type { ListedWorkflow, SavedDefinition } from '../site.ts'
import { tableLines } from '../table.ts'
import { withSite } from '../with-site.ts'

export function addWorkflows(program: Command, line: CommandLine): void {
  const workflows = program.command('workflows').description('save definitions, list workflows, switch them on and off')
  addApply(workflows, line)
  addList(workflows, line)
  addSwitch(workflows, line, 'enable', 'active')
  addSwitch(workflows, line, 'disable', 'inactive')
}

function addApply(workflows: Command, line: CommandLine): void {
  workflows
    .command('apply')
    .description('validate and save definitions; a new version when the content changed')
    .argument('<file...>', 'YAML or JSON files; - reads stdin')
    .option('--inactive', 'save new workflows switched off')
    .addOption(tenantOption())
    .action(async (files: readonly string[], { tenant, inactive }: TenantOption & { inactive?: true }) => {
      await withSite(line, tenant, async (site) => {
        for (const path of files) {
          const file = await readDefinition(line.terminal, path)
          const saved = await site.save(file, inactive === true ? 'inactive' : 'active')
          line.terminal.print(...savedLines(saved), ...(await site.approvalLines(saved.waitsFor)))
        }
      })
    })
}

/** A webhook's address is a secret that is stored as a digest: this is the only time it can be shown. */
function savedLines({ name, version, status, isNew, webhooks, problem }: SavedDefinition): string[] {
  const what = isNew ? `saved as version ${version}` : `unchanged, version ${version}`
  return [
    `${name}: ${what}, ${status}`,
    ...(problem === null ? [] : [`  it has to be countersigned, and nobody could be asked: ${problem}`]),
    ...webhooks.map((url) => `  webhook, shown only now: ${url}`),
  ]
}

interface ListOptions extends TenantOption {
  readonly limit: number
  readonly json?: true
}

function addList(workflows: Command, line: CommandLine): void {
  workflows
    .command('list')
    .description('the workflows of the tenant')
    .option('--limit <count>', 'how many at most', readLimit, 100)
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async ({ tenant: slug, limit, json }: ListOptions) => {
      await withSite(line, slug, async (site) => {
        const { terminal } = site
        const rows = await site.listWorkflows(limit)
        if (json === true) terminal.print(JSON.stringify(rows.map(asJson), null, 2))
        else if (rows.length > 0) terminal.print(...workflowTable(rows))
        else terminal.print('No workflows. Save one: npx countersign workflows apply FILE')
      })
    })
}

function workflowTable(rows: readonly ListedWorkflow[]): string[] {
  const cells = rows.map(({ name, version, status, createdAt, title }) => [
    name,
    `v${version}`,
    status,
    sayMoment(createdAt.getTime()),
    title ?? '',
  ])
  return tableLines(['NAME', 'VERSION', 'STATUS', 'CREATED', 'TITLE'], cells)
}

function asJson({ id, name, title, status, version, versionId, contentHash, createdAt }: ListedWorkflow) {
  return {
    id,
    name,
    title,
    status,
    version,
    ...(versionId !== undefined && { version_id: versionId }),
    content_hash: contentHash,
    created_at: createdAt.toISOString(),
  }
}

function addSwitch(
  workflows: Command,
  line: CommandLine,
  verb: 'enable' | 'disable',
  status: 'active' | 'inactive',
): void {
  workflows
    .command(verb)
    .description(
      verb === 'enable' ? 'let a workflow start, and its triggers fire' : 'start nothing of a workflow any more',
    )
    .argument('<name>')
    .addOption(tenantOption())
    .action(async (name: string, { tenant: slug }: TenantOption) => {
      await withSite(line, slug, async (site) => {
        const waitsFor = await site.switchWorkflow(name, status)
        if (waitsFor.length === 0) site.terminal.print(`${name} is ${status}.`)
        else {
          site.terminal.print(`${name} has to be countersigned:`, ...(await site.approvalLines(waitsFor)))
          line.finish('waiting')
        }
      })
    })
}
