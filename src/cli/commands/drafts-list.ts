// `countersign drafts list` and `show`.

import { type Command, Option } from 'commander'
import { findSeenDraft, viewerOf } from '../../governance/draft-access.ts'
import { draftStatuses, type DraftStatus, sayStatus } from '../../kernel/draft/moves.ts'
import { ok } from '../../kernel/problem.ts'
import { pageOfDraftEvents } from '../../record/draft-history.ts'
import { type ListedDraft, pageOfDrafts } from '../../record/draft-lists.ts'
import type { SeenDraft } from '../../record/drafts.ts'
import type { CommandLine } from '../command-line.ts'
import { shortId } from '../elapsed.ts'
import { jsonOption, type TenantOption, tenantOption } from '../options.ts'
import { tableLines } from '../table.ts'
import { inDrafts, requireDraft } from './drafts-office.ts'

const mostListed = 200
const mostEvents = 20

interface ListOptions extends TenantOption {
  readonly json?: true
  readonly status?: DraftStatus
  readonly council?: string
}

export function addDraftLists(drafts: Command, line: CommandLine): void {
  drafts
    .command('list')
    .description('the drafts of the tenant, the newest first')
    .addOption(new Option('--status <status>', 'those of this status').choices(draftStatuses))
    .option('--council <name>', 'those that this council reviews')
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async ({ tenant, json, status, council }: ListOptions) => {
      const { drafts: found } = await inDrafts(line, tenant, async ({ house }, client, officer) => {
        const viewer = { ...viewerOf(officer), now: new Date(house.now()) }
        const filter = { status, council, limit: mostListed, offset: 0 }
        return ok(await pageOfDrafts(client, officer.tenantId, viewer, filter))
      })
      if (json === true) line.terminal.print(JSON.stringify(found, null, 2))
      else if (found.length > 0) line.terminal.print(...tableLines(columns, found.map(cellsOf)))
      else line.terminal.print('No drafts. Make one: npx countersign drafts create FILE')
    })
  drafts
    .command('show')
    .description('a draft, and what happened to it')
    .argument('<id>', 'of the draft; the beginning is enough')
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async (typed: string, { tenant, json }: ListOptions) => {
      const found = await inDrafts(line, tenant, async (office, client, officer) => {
        const id = await requireDraft(office, client, typed)
        const draft = await findSeenDraft(office.house, client, officer, id)
        if (!draft.ok) return draft
        const page = { limit: mostEvents, offset: 0 }
        const { events } = await pageOfDraftEvents(client, officer.tenantId, id, page)
        return ok({ draft: draft.value, events })
      })
      if (json === true) line.terminal.print(JSON.stringify(found, null, 2))
      else line.terminal.print(...draftLines(found.draft), ...found.events.toReversed().flatMap(eventLines))
    })
}

const columns = ['ID', 'STATUS', 'NAME', 'RUNS', 'COUNCIL', 'CREATED BY']

function cellsOf(draft: ListedDraft): string[] {
  const { id, status, name, workflowTypeId, assignedCouncil, council, createdByName } = draft
  return [shortId(id), sayStatus(status), name, workflowTypeId ?? '-', assignedCouncil ?? council ?? '-', createdByName]
}

function draftLines(draft: SeenDraft): string[] {
  const { id, name, status, purpose, revision, workflowTypeId, inputs, source, nextAt, convertedExecutionId } = draft
  return [
    `${name} (${id})`,
    `${sayStatus(status)}, revision ${revision}, runs ${workflowTypeId ?? 'what is not written yet'}`,
    ...(purpose === null ? [] : [purpose]),
    `Inputs: ${JSON.stringify(inputs)}`,
    ...voteLines(draft),
    ...(nextAt === null ? [] : [`Next: ${nextAt.toISOString()}`]),
    ...(convertedExecutionId === null ? [] : [`Execution: ${convertedExecutionId}`]),
    ...(source === null ? [] : ['', ...source.trimEnd().split('\n')]),
    '',
  ]
}

/** How to vote on one that waits for votes. */
export function voteLines({ status, approvalId }: Pick<SeenDraft, 'status' | 'approvalId'>): string[] {
  if (status !== 'pending_review' || approvalId === null) return []
  return [`Vote: npx countersign approve ${shortId(approvalId)}, or reject`]
}

interface Event {
  readonly action: string
  readonly actorName: string
  readonly at: Date
  readonly difference: readonly string[]
  readonly reason: string | null
}

function eventLines({ action, actorName, at, difference, reason }: Event): string[] {
  const when = at.toISOString().slice(0, 16).replace('T', ' ')
  return [
    `${when}  ${action.replaceAll('_', ' ')} by ${actorName}${reason === null ? '' : `: ${reason}`}`,
    ...difference.map((one) => `                  ${one}`),
  ]
}
