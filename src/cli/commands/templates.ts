// `countersign templates`: lists templates, shows one, uses it, runs a pre-approved one, and makes one of an execution.

import type { Command } from 'commander'
import { prepareUse, runTemplate } from '../../governance/template-runs.ts'
import { draftFromTemplate } from '../../governance/draft-templates.ts'
import { noTemplate } from '../../governance/template-content.ts'
import { saveAsTemplate } from '../../governance/templates.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import { workflowSchema } from '../../kernel/definition/workflow.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { asTenant, type Queryable } from '../../record/database.ts'
import { findTemplate, type Template } from '../../record/templates.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import { readText } from '../definition-file.ts'
import { goOn, requireExecution } from '../execution-signal.ts'
import { readInputs } from '../given-inputs.ts'
import { collect, followOption, noFollowOption, type TenantOption, tenantOption } from '../options.ts'
import { refusalOf } from '../refusal.ts'
import { addTemplateList, addTemplateShow } from './templates-list.ts'

export function addTemplates(program: Command, line: CommandLine): void {
  const templates = program
    .command('templates')
    .description('list templates, use them, run those that are pre-approved')
  addTemplateList(templates, line)
  addTemplateShow(templates, line)
  addUse(templates, line)
  addRun(templates, line)
  addSaveAs(templates, line)
}

/** One transaction, taken back where it is refused. Throws `Refusal`. */
async function within<T>({ house, tenant }: Office, work: (client: Queryable) => Promise<Result<T>>): Promise<T> {
  return asTenant(house.database, tenant.id, async (client) => {
    const result = await work(client)
    if (!result.ok) throw refusalOf(result.problems)
    return result.value
  })
}

async function requireTemplate(office: Office, name: string): Promise<Template> {
  return within(office, async (client) => {
    const template = await findTemplate(client, office.tenant.id, name)
    return template === undefined ? failed(noTemplate(name)) : ok(template)
  })
}

const readGiven = async ({ definition }: Template, given: readonly string[]): Promise<JsonObject> =>
  readInputs(given, workflowSchema.parse(definition).inputs ?? {}, readText)

interface UseOptions extends TenantOption {
  readonly input?: readonly string[]
  readonly purpose?: string
  readonly council?: string
}

function addUse(templates: Command, line: CommandLine): void {
  templates
    .command('use')
    .description('make a draft from a template; all that is missing or unknown is said at once')
    .argument('<name>')
    .option('--input <input>', 'JSON, @file or name=value; may be repeated', collect)
    .option('--purpose <text>', 'what it is for')
    .option('--council <name>', 'who is to review it')
    .addOption(tenantOption())
    .action(async (name: string, { tenant: slug, input = [], purpose, council }: UseOptions) => {
      await withOffice(line, slug, async (office) => {
        const { house, tenant, terminal } = office
        const inputs = await readGiven(await requireTemplate(office, name), input)
        const officer = { ...operatorOf(tenant.id), role: 'owner' } as const
        const asked = { template: { name }, inputs, purpose: purpose ?? null, council: council ?? null }
        const draft = await within(office, async (client) => {
          const prepared = await prepareUse(client, tenant.id, name, inputs)
          return prepared.ok ? draftFromTemplate(house, client, officer, asked) : prepared
        })
        terminal.print(`Draft ${draft.id} was made from ${name}.`)
      })
    })
}

interface RunOptions extends TenantOption {
  readonly input?: readonly string[]
  readonly follow?: boolean
}

function addRun(templates: Command, line: CommandLine): void {
  templates
    .command('run')
    .description('run a pre-approved template at once')
    .argument('<name>')
    .option('--input <input>', 'JSON, @file or name=value; may be repeated', collect)
    .addOption(followOption())
    .addOption(noFollowOption())
    .addOption(tenantOption())
    .action(async (name: string, { tenant: slug, input = [], follow }: RunOptions) => {
      await withOffice(line, slug, async (office) => {
        const { house, tenant, terminal } = office
        const inputs = await readGiven(await requireTemplate(office, name), input)
        const run = await within(office, (client) =>
          runTemplate(house, client, operatorOf(tenant.id), { name, inputs }),
        )
        terminal.print(`Started ${run.executionId}.`)
        line.finish(await goOn(office, run.executionId, follow))
      })
    })
}

interface SaveAsOptions extends TenantOption {
  readonly title?: string
  readonly category: string
  readonly leaveOut?: readonly string[]
}

function addSaveAs(templates: Command, line: CommandLine): void {
  templates
    .command('save-as')
    .description('make a template of an execution that has completed')
    .argument('<execution>', 'its id; the beginning is enough')
    .argument('<name>', 'of the template, such as purchase-order-sign-off')
    .option('--title <text>', 'the name of the template when absent')
    .option('--category <category>', 'where it is listed', 'operations')
    .option('--leave-out <input>', 'an input whose value is not copied; may be repeated', collect)
    .addOption(tenantOption())
    .action(async (typed: string, name: string, options: SaveAsOptions) => {
      const { tenant: slug, title = name, category, leaveOut = [] } = options
      await withOffice(line, slug, async (office) => {
        const { house, tenant, terminal } = office
        const { id: executionId } = await requireExecution(office, typed)
        const asked = { executionId, name, title, description: '', category, tags: [], leaveOut }
        const { leftOut } = await within(office, (client) =>
          saveAsTemplate(house, client, operatorOf(tenant.id), asked),
        )
        terminal.print(`The template ${name} was made.`)
        if (leftOut.length > 0) terminal.print(`Not copied: ${leftOut.join(', ')}.`)
      })
    })
}
