// `countersign drafts`: list, create, show, submit, convert, discard and comment, as whoever sits at the machine.

import { type Command, Option } from 'commander'
import { commentOnDraft } from '../../governance/draft-comments.ts'
import { convertDraft } from '../../governance/draft-conversion.ts'
import { createDraft, discardDraft } from '../../governance/draft-editing.ts'
import { submitDraft } from '../../governance/draft-submission.ts'
import { draftFromTemplate } from '../../governance/draft-templates.ts'
import type { Officer } from '../../governance/people-parts.ts'
import type { DraftStatus } from '../../kernel/draft/moves.ts'
import { workflowOf } from '../../kernel/draft/difference.ts'
import type { Result } from '../../kernel/problem.ts'
import type { Queryable } from '../../record/database.ts'
import type { SeenDraft } from '../../record/drafts.ts'
import { findWorkflowDetail } from '../../record/workflow-lists.ts'
import { workflowSchema } from '../../kernel/definition/workflow.ts'
import type { CommandLine, Office } from '../command-line.ts'
import { readDefinition, readText } from '../definition-file.ts'
import { shortId } from '../elapsed.ts'
import { readInputs } from '../given-inputs.ts'
import { collect, reasonOption, type TenantOption, tenantOption } from '../options.ts'
import { Refusal } from '../refusal.ts'
import { addDraftLists, voteLines } from './drafts-list.ts'
import { inDrafts, requireDraft } from './drafts-office.ts'

export function addDrafts(program: Command, line: CommandLine): void {
  const drafts = program.command('drafts').description('proposed runs in review')
  addDraftLists(drafts, line)
  addCreate(drafts, line)
  addMove(drafts, line, 'submit', 'ask the people whom it concerns', (office, client, officer, id) =>
    submitDraft(office.house, client, officer, { id }),
  )
  addConvert(drafts, line)
  addDiscard(drafts, line)
  addComment(drafts, line)
}

interface CreateOptions extends TenantOption {
  readonly workflow?: string
  readonly template?: string
  readonly name?: string
  readonly purpose?: string
  readonly council?: string
  readonly input?: readonly string[]
}

function addCreate(drafts: Command, line: CommandLine): void {
  drafts
    .command('create')
    .description('a draft of a definition, of a workflow that exists, or from a template')
    .argument('[file]', 'the definition; - reads it from stdin')
    .option('--workflow <name>', 'run the current version of this workflow')
    .option('--template <name>', 'make it from this template')
    .option('--name <text>', 'what it is about')
    .option('--purpose <text>', 'what it is for')
    .option('--council <name>', 'who is to review it')
    .option('--input <value>', 'JSON, @file or name=value; may be given several times', collect)
    .addOption(tenantOption())
    .action(async (file: string | undefined, options: CreateOptions) => {
      const { workflow, template } = options
      if ([file, workflow, template].filter((one) => one !== undefined).length !== 1) {
        throw new Refusal('usage', 'Give a file, --workflow or --template: one of the three.')
      }
      const source = file === undefined ? null : (await readDefinition(line.terminal, file)).source
      const made = await inDrafts(line, options.tenant, (office, client, officer) =>
        create(office, client, officer, source, options),
      )
      line.terminal.print(`Created draft ${made.id}: ${made.name}.`)
      line.terminal.print(`Submit it: npx countersign drafts submit ${shortId(made.id)}`)
    })
}

async function create(
  { house, tenant }: Office,
  client: Queryable,
  officer: Officer,
  source: string | null,
  options: CreateOptions,
): Promise<Result<SeenDraft>> {
  const { workflow = null, template, name, purpose = null, council = null, input = [] } = options
  const found = workflow === null ? undefined : await findWorkflowDetail(client, tenant.id, workflow)
  const definition = source === null ? found && workflowSchema.parse(found.definition) : workflowOf(source)
  const inputs = await readInputs(input, definition?.inputs ?? {}, readText)
  const given = { purpose, inputs, council }
  if (template !== undefined) {
    return draftFromTemplate(house, client, officer, { ...given, name, template: { name: template } })
  }
  const called = name ?? definition?.title ?? definition?.name ?? workflow ?? 'A draft'
  return createDraft(house, client, officer, { ...given, name: called, source, workflow, schedule: null })
}

type Move = (office: Office, client: Queryable, officer: Officer, id: string) => Promise<Result<SeenDraft>>

function addMove(drafts: Command, line: CommandLine, name: string, description: string, move: Move): void {
  drafts
    .command(name)
    .description(description)
    .argument('<id>', 'of the draft; the beginning is enough')
    .addOption(tenantOption())
    .action(async (typed: string, { tenant }: TenantOption) => {
      const draft = await inDrafts(line, tenant, async (office, client, officer) =>
        move(office, client, officer, await requireDraft(office, client, typed)),
      )
      line.terminal.print(sayDraft(draft), ...voteLines(draft))
    })
}

function addConvert(drafts: Command, line: CommandLine): void {
  drafts
    .command('convert')
    .description('make what was approved active, and run it')
    .argument('<id>', 'of the draft; the beginning is enough')
    .option('--no-start', 'save the workflow and start nothing')
    .addOption(tenantOption())
    .action(async (typed: string, { tenant, start }: TenantOption & { start: boolean }) => {
      const draft = await inDrafts(line, tenant, async (office, client, officer) => {
        const id = await requireDraft(office, client, typed)
        return convertDraft(office.house, client, officer, { id, starts: start })
      })
      line.terminal.print(sayDraft(draft))
      const { convertedExecutionId: execution } = draft
      if (execution !== null) line.terminal.print(`Follow it: npx countersign executions follow ${execution}`)
    })
}

function addDiscard(drafts: Command, line: CommandLine): void {
  drafts
    .command('discard')
    .description('keep it, and let nothing come of it')
    .argument('<id>', 'of the draft; the beginning is enough')
    .addOption(reasonOption())
    .addOption(tenantOption())
    .action(async (typed: string, { tenant, reason }: TenantOption & { reason?: string }) => {
      const draft = await inDrafts(line, tenant, async (office, client, officer) => {
        const id = await requireDraft(office, client, typed)
        return discardDraft(office.house, client, officer, id, reason ?? null)
      })
      line.terminal.print(sayDraft(draft))
    })
}

interface CommentOptions extends TenantOption {
  readonly step?: string
  readonly line?: number
}

function addComment(drafts: Command, line: CommandLine): void {
  drafts
    .command('comment')
    .description('say something about a draft')
    .argument('<id>', 'of the draft; the beginning is enough')
    .argument('<text>', 'what you have to say')
    .option('--step <id>', 'about this step')
    .addOption(new Option('--line <number>', 'about this line of its YAML').argParser(Number))
    .addOption(tenantOption())
    .action(async (typed: string, body: string, { tenant, step, line: at }: CommentOptions) => {
      if (step !== undefined && at !== undefined) throw new Refusal('usage', 'Give --step or --line, not both.')
      if (at !== undefined && !(Number.isInteger(at) && at > 0))
        throw new Refusal('usage', 'A line is a number from 1 on.')
      await inDrafts(line, tenant, async (office, client, officer) => {
        const id = await requireDraft(office, client, typed)
        return commentOnDraft(office.house, client, officer, id, { body, step, line: at })
      })
      line.terminal.print('The comment was added.')
    })
}

const statusWords: Readonly<Record<DraftStatus, string>> = {
  editing: 'is being edited',
  pending_review: 'waits for votes',
  approved: 'is approved',
  rejected: 'was rejected',
  converted: 'was converted',
  discarded: 'was discarded',
}

function sayDraft({ name, status, assignedCouncil }: SeenDraft): string {
  const by = status === 'pending_review' && assignedCouncil !== null ? ` of council "${assignedCouncil}"` : ''
  return `"${name}" ${statusWords[status]}${by}.`
}
