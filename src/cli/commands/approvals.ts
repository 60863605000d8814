// `countersign approvals list`, `approve` and `reject`.

import type { Command } from 'commander'
import { asJsonObject } from '../../packs/payload.ts'
import type { CommandLine } from '../command-line.ts'
import { shortId, sayUntil } from '../elapsed.ts'
import {
  asOption,
  followOption,
  noFollowOption,
  jsonOption,
  reasonOption,
  type TenantOption,
  tenantOption,
} from '../options.ts'
import { type Ballot, sayAudience } from '../people/votes.ts'
import type { WaitingApproval } from '../site.ts'
import { tableLines } from '../table.ts'
import { withSite } from '../with-site.ts'

export function addApprovals(program: Command, line: CommandLine): void {
  program
    .command('approvals')
    .description('list what waits for a decision')
    .command('list')
    .description('the approvals that wait, those that expire first in front')
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async ({ tenant, json }: TenantOption & { json?: true }) => {
      await withSite(line, tenant, async (site) => {
        const waiting = await site.listApprovals()
        if (json === true) line.terminal.print(JSON.stringify(waiting.map(asJson), null, 2))
        else if (waiting.length > 0) line.terminal.print(...approvalTable(waiting, site.now()))
        else line.terminal.print('Nothing waits for a decision.')
      })
    })
  addVote(program, line, 'approve', 'approve what waits for a decision')
  addVote(program, line, 'reject', 'reject what waits for a decision')
}

interface VoteOptions extends TenantOption {
  readonly as?: string
  readonly reason?: string
  readonly follow?: boolean
}

function addVote(program: Command, line: CommandLine, vote: Ballot['vote'], description: string): void {
  program
    .command(vote)
    .description(description)
    .argument('<id>', 'of the approval, or of an execution that waits for only one; the beginning is enough')
    .addOption(reasonOption())
    .addOption(asOption())
    .addOption(followOption())
    .addOption(noFollowOption())
    .addOption(tenantOption())
    .action(async (typed: string, { tenant, as, reason, follow }: VoteOptions) => {
      await withSite(line, tenant, async (site) => {
        const ballot = { vote, ...(as !== undefined && { as }), ...(reason !== undefined && { reason }) }
        const { said, released } = await site.vote(typed, ballot)
        line.terminal.print(said)
        if (released !== undefined) line.finish(await site.goOn(released, follow))
      })
    })
}

function approvalTable(waiting: readonly WaitingApproval[], now: number): string[] {
  const rows = waiting.map(({ id, workflow, step, approvers, quorum, approvals, expiresAt, summary }) => [
    shortId(id),
    workflow ?? '',
    step ?? '',
    sayAudience(approvers),
    typeof quorum === 'number' ? `${approvals} of ${quorum}` : `${approvals} (${quorum})`,
    expiresAt === null ? '' : sayUntil(expiresAt.getTime(), now),
    summary,
  ])
  return tableLines(['ID', 'WORKFLOW', 'STEP', 'ASKS', 'VOTES', 'EXPIRES', 'SUMMARY'], rows)
}

function asJson(approval: WaitingApproval) {
  const {
    id,
    executionId,
    workflow,
    step,
    item,
    summary,
    details,
    approvers,
    quorum,
    approvals,
    expiresAt,
    createdAt,
  } = approval
  return asJsonObject({
    id,
    execution_id: executionId,
    workflow,
    step,
    item,
    summary,
    details,
    approvers,
    quorum,
    approvals,
    expires_at: expiresAt?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
  })
}
