// `countersign approvals list`, `approve` and `reject`.

import type { Command } from 'commander'
import { asJsonObject } from '../../packs/payload.ts'
import { findHeldExecution } from '../../record/id-prefixes.ts'
import type { PendingApproval } from '../../record/approvals.ts'
import { type CommandLine, findId, type Office, withOffice } from '../command-line.ts'
import { shortId, sayUntil } from '../elapsed.ts'
import { goOn } from '../execution-signal.ts'
import {
  asOption,
  followOption,
  noFollowOption,
  jsonOption,
  reasonOption,
  type TenantOption,
  tenantOption,
} from '../options.ts'
import { approvalLines } from '../people/decision-lines.ts'
import { approvalsOf } from '../people/pending.ts'
import { type Ballot, castVotes, sayAudience, sayCounted } from '../people/votes.ts'
import { Refusal } from '../refusal.ts'
import { tableLines } from '../table.ts'

export function addApprovals(program: Command, line: CommandLine): void {
  program
    .command('approvals')
    .description('list what waits for a decision')
    .command('list')
    .description('the approvals that wait, those that expire first in front')
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async ({ tenant, json }: TenantOption & { json?: true }) => {
      await withOffice(line, tenant, async (office) => {
        const waiting = await approvalsOf(office)
        if (json === true) line.terminal.print(JSON.stringify(waiting.map(asJson), null, 2))
        else if (waiting.length > 0) line.terminal.print(...approvalTable(waiting, office.house.now()))
        else line.terminal.print('Nothing waits for a decision.')
      })
    })
  addVote(program, line, 'approve', 'approve what an execution asks')
  addVote(program, line, 'reject', 'reject what an execution asks')
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
      await withOffice(line, tenant, async (office) => {
        const id = await requireApproval(office, typed)
        const ballot = { vote, ...(as !== undefined && { as }), ...(reason !== undefined && { reason }) }
        const counted = await castVotes(office, id, ballot)
        line.terminal.print(sayCounted(counted, ballot))
        const executionId = await findHeldExecution(office.house.database.engine, 'approvals', office.tenant.id, id)
        if (counted.status !== 'pending' && executionId !== undefined)
          line.finish(await goOn(office, executionId, follow))
      })
    })
}

/** The approval that is meant by its own id or by that of its execution. */
async function requireApproval(office: Office, typed: string): Promise<string> {
  const approval = await findId(office, 'approvals', typed)
  if (approval !== undefined) return approval
  const execution = await findId(office, 'executions', typed)
  if (execution === undefined) {
    throw new Refusal(
      'failed',
      `There is no approval and no execution ${typed} in the tenant "${office.tenant.slug}".`,
      'npx countersign approvals list',
    )
  }
  const waiting = await approvalsOf(office, execution)
  const [only] = waiting
  if (only === undefined) throw new Refusal('failed', `The execution ${execution} waits for no approval.`)
  if (waiting.length === 1) return only.id
  const lines = waiting.flatMap((one) => approvalLines(office, one))
  throw new Refusal(
    'usage',
    `The execution ${execution} waits for ${waiting.length} approvals. Name one:\n${lines.join('\n')}`,
  )
}

function approvalTable(waiting: readonly PendingApproval[], now: number): string[] {
  const rows = waiting.map(({ id, workflow, step, approvers, quorum, approvals, expiresAt, summary }) => [
    shortId(id),
    workflow,
    step,
    sayAudience(approvers),
    `${approvals} of ${quorum}`,
    expiresAt === null ? '' : sayUntil(expiresAt.getTime(), now),
    summary,
  ])
  return tableLines(['ID', 'WORKFLOW', 'STEP', 'ASKS', 'VOTES', 'EXPIRES', 'SUMMARY'], rows)
}

function asJson(approval: PendingApproval) {
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
