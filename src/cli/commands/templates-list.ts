// `countersign templates list` and `show`.

import type { Command } from 'commander'
import { detailBody, summaryBody } from '../../api/shapes/template.ts'
import { noTemplate } from '../../governance/template-content.ts'
import { asTenant } from '../../record/database.ts'
import { listFlags } from '../../record/template-uses.ts'
import { findTemplate, pageOfTemplates, type Template } from '../../record/templates.ts'
import { type CommandLine, withOffice } from '../command-line.ts'
import { jsonOption, readLimit, type TenantOption, tenantOption } from '../options.ts'
import { refusalOf } from '../refusal.ts'
import { tableLines } from '../table.ts'

interface ListOptions extends TenantOption {
  readonly category?: string
  readonly tag?: string
  readonly search?: string
  readonly preApproved?: true
  readonly limit: number
  readonly json?: true
}

export function addTemplateList(templates: Command, line: CommandLine): void {
  templates
    .command('list')
    .description('the templates of the tenant, those that are used most in front')
    .option('--category <category>', 'those of this category')
    .option('--tag <tag>', 'those with this tag')
    .option('--search <text>', 'part of the name, a text or a tag')
    .option('--pre-approved', 'those that run at once')
    .option('--limit <count>', 'how many at most', readLimit, 100)
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async ({ tenant: slug, json, ...filter }: ListOptions) => {
      await withOffice(line, slug, async ({ house, tenant, terminal }) => {
        const { templates: rows } = await asTenant(house.database, tenant.id, (client) =>
          pageOfTemplates(client, tenant.id, { ...filter, offset: 0 }),
        )
        if (json === true) terminal.print(JSON.stringify(rows.map(summaryBody), null, 2))
        else if (rows.length > 0) terminal.print(...templateTable(rows))
        else terminal.print('No templates. Make one: npx countersign templates save-as EXECUTION NAME')
      })
    })
}

function templateTable(rows: readonly Template[]): string[] {
  const cells = rows.map(({ name, category, usageCount, isPreApproved, title }) => [
    name,
    category,
    String(usageCount),
    isPreApproved ? 'at once' : 'as a draft',
    title,
  ])
  return tableLines(['NAME', 'CATEGORY', 'USES', 'RUNS', 'TITLE'], cells)
}

export function addTemplateShow(templates: Command, line: CommandLine): void {
  templates
    .command('show')
    .description('what a template asks for, and what it does')
    .argument('<name>')
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async (name: string, { tenant: slug, json }: TenantOption & { json?: true }) => {
      await withOffice(line, slug, async ({ house, tenant, terminal }) => {
        const found = await asTenant(house.database, tenant.id, async (client) => {
          const template = await findTemplate(client, tenant.id, name)
          return template && { template, flags: await listFlags(client, tenant.id, template.id) }
        })
        if (found === undefined) throw refusalOf([noTemplate(name)])
        const body = detailBody(found.template, found.flags)
        if (json === true) terminal.print(JSON.stringify(body, null, 2))
        else terminal.print(...aboutLines(found.template, found.flags.length))
      })
    })
}

function aboutLines(template: Template, flags: number): string[] {
  const { title, description, requiredFields, optionalFields, defaultInputs, copyBlocks, source } = template
  const { isPreApproved, approvedByCouncil, usageCount, category } = template
  const approval = isPreApproved ? `pre-approved by council ${approvedByCouncil ?? '(deleted)'}` : 'not pre-approved'
  return [
    `${title} (${category}), ${approval}, used ${usageCount} times`,
    ...(description === '' ? [] : [description]),
    ...(flags === 0 ? [] : [`Flagged for unusual use: ${flags} times lately`]),
    `Required: ${requiredFields.join(', ') || 'nothing'}`,
    `Optional: ${optionalFields.join(', ') || 'nothing'}`,
    ...Object.entries(defaultInputs).map(([field, value]) => `Default of ${field}: ${JSON.stringify(value)}`),
    ...Object.entries(copyBlocks).map(([block, text]) => `Copy block ${block}: ${text}`),
    '',
    source.trimEnd(),
  ]
}
