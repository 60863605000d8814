// Approvals: people vote, and the vote that settles an approval wakes what waits for it.

import type { Actor } from '../kernel/access/actor.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { quorumNeeded, tally } from '../kernel/voting/tally.ts'
import {
  type Approval,
  type ApprovalStatus,
  insertVote,
  listPendingApprovals,
  listVotes,
  lockApproval,
  type PendingApproval,
  type PendingFilter,
  settleApproval,
  type StoredVote,
} from '../record/approvals.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import { asTenant, type Database, type Queryable } from '../record/database.ts'
import { type Member, membersOfAudience } from '../record/members.ts'
import { sendSignals } from '../record/signals.ts'
import { sayNames, sayOnly } from './audience.ts'
import { sayAgo } from './time-ago.ts'

export interface GovernanceParts {
  readonly database: Database
  readonly now: () => number
  readonly newId: () => string
}

export interface Vote {
  readonly approvalId: string
  /** Whose vote it is: the actor's own, unless somebody at the machine casts it for a member. */
  readonly memberId: string
  readonly vote: 'approve' | 'reject'
  readonly reason?: string
}

export interface VoteCast {
  /** Of the approval, with this vote. */
  readonly status: 'pending' | 'approved' | 'rejected'
  readonly approvals: number
  readonly needed: number
}

/**
 * Casts a vote and settles the approval when the vote decides it, in one transaction: of votes at the same moment one is
 * the last. Problems: `not_found`; `conflict` (decided, expired, or voted before); `forbidden` (not among the approvers).
 */
export async function decideApproval(
  parts: GovernanceParts,
  client: Queryable,
  actor: Actor,
  vote: Vote,
): Promise<Result<VoteCast>> {
  const { tenantId, channel } = actor
  const { approvalId, memberId, reason } = vote
  const approval = await lockApproval(client, tenantId, approvalId)
  if (approval === undefined) return failed({ code: 'not_found', message: `There is no approval ${approvalId}.` })
  const before = await listVotes(client, tenantId, approvalId)
  const now = parts.now()
  const approvers = await membersOfAudience(client, tenantId, approval.approvers)
  const refused = voteProblem(approval, before, approvers, memberId, now)
  const member = approvers.find(({ id }) => id === memberId)
  if (refused !== undefined || member === undefined) return failed(refused ?? notAsked(approval, approvers))
  const createdAt = new Date(now)
  await insertVote(client, { ...vote, tenantId, channel, reason, createdAt })
  const { name, email } = member
  const cast: StoredVote = { memberId, name, email, vote: vote.vote, reason: reason ?? null, createdAt }
  const settled = await settle(parts, client, approval, approvers, [...before, cast])
  await appendAudit(client, actor, entriesOf(approval, cast, settled))
  return settled
}

/** The vote, and what became of the approval with it. */
function entriesOf(
  { id, summary, executionId, step, item }: Approval,
  { memberId, name: member, vote, reason, createdAt: at }: StoredVote,
  settled: Result<VoteCast>,
): AuditEntry[] {
  const object = { type: 'approval', id, name: summary }
  const of = { execution_id: executionId, step, item }
  const voted = {
    action: 'approval.voted',
    object,
    after: { member_id: memberId, member, vote, reason, ...of },
    at,
  } as const
  const status = settled.ok ? settled.value.status : 'cancelled'
  if (status === 'pending') return [voted]
  const after = {
    status,
    ...(settled.ok && { approvals: settled.value.approvals, needed: settled.value.needed }),
    ...of,
  }
  return [voted, { action: `approval.${status}`, object, before: { status: 'pending' }, after, at }]
}

/** What waits for votes now, with `memberId` for that member's; those that expire first in front. */
export async function pendingApprovals(
  { database, now }: GovernanceParts,
  tenantId: string,
  filter: PendingFilter,
): Promise<PendingApproval[]> {
  return asTenant(database, tenantId, (client) => listPendingApprovals(client, tenantId, filter, new Date(now())))
}

async function settle(
  parts: GovernanceParts,
  client: Queryable,
  approval: Approval,
  approvers: readonly Member[],
  votes: readonly StoredVote[],
): Promise<Result<VoteCast>> {
  const { quorum: rule } = approval
  const seats = approvers.length
  const present = votes.filter(({ memberId }) => approvers.some(({ id }) => id === memberId))
  const by = 'council' in approval.approvers ? 'council' : 'approvers'
  const decision = tally({ rule, seats, votes: present, by })
  const approvals = present.filter(({ vote }) => vote === 'approve').length
  const needed = quorumNeeded(rule, seats)
  if (decision === 'open') return ok({ status: 'pending', approvals, needed })
  const at = new Date(parts.now())
  if (await wake(parts, client, approval, decision, votes)) {
    await settleApproval(client, approval, decision, at)
    return ok({ status: decision, approvals, needed })
  }
  await settleApproval(client, approval, 'cancelled', at)
  return failed({ code: 'conflict', message: 'Nothing waits for this any more: its execution has ended.' })
}

/** False when the execution has ended. */
async function wake(
  { newId, now }: GovernanceParts,
  client: Queryable,
  { tenantId, id, executionId, step, item }: Approval,
  decision: 'approved' | 'rejected',
  votes: readonly StoredVote[],
): Promise<boolean> {
  const told = votes.map(({ email, vote, reason, createdAt }) => ({
    member: email,
    vote,
    reason,
    at: createdAt.toISOString(),
  }))
  // By its `ref` the step knows whether this is what it asks for now.
  const data = { ref: id, decision, votes: told }
  const signal = {
    tenantId,
    executionId,
    id: newId(),
    kind: 'approval',
    step,
    data,
    createdAt: new Date(now()),
  } as const
  return (await sendSignals(client, [item === null ? signal : { ...signal, item }])).size > 0
}

/** Why a member may not vote on an approval; undefined when they may. */
export function voteProblem(
  approval: Approval,
  votes: readonly StoredVote[],
  approvers: readonly Member[],
  memberId: string | null,
  now: number,
): Problem | undefined {
  const closed = closedProblem(approval, votes, now)
  if (closed !== undefined) return closed
  if (!approvers.some(({ id }) => id === memberId)) return notAsked(approval, approvers)
  const mine = votes.find((one) => one.memberId === memberId)
  return mine === undefined ? undefined : votedBefore(mine, now)
}

/** Why nobody may vote any more. */
function closedProblem(approval: Approval, votes: readonly StoredVote[], now: number): Problem | undefined {
  const { status, decidedAt, expiresAt } = approval
  const conflict = (message: string): Problem => ({ code: 'conflict', message })
  if (status !== 'pending') return conflict(`${sayEnd(status, votes)} ${sayAgo(decidedAt, now)}.`)
  return expiresAt !== null && expiresAt.getTime() <= now ? conflict(`Expired ${sayAgo(expiresAt, now)}.`) : undefined
}

function sayEnd(status: Exclude<ApprovalStatus, 'pending'>, votes: readonly StoredVote[]): string {
  const voters = (vote: 'approve' | 'reject') =>
    sayNames(votes.filter((one) => one.vote === vote).map(({ name }) => name))
  switch (status) {
    case 'approved':
      return `Approved by ${voters('approve')}`
    case 'rejected':
      return `Rejected by ${voters('reject')}`
    case 'expired':
      return 'Expired'
    case 'cancelled':
      return 'Cancelled with its execution'
  }
}

function notAsked({ approvers }: Approval, members: readonly Member[]): Problem {
  const names = members.map(({ name }) => name)
  return { code: 'forbidden', message: sayOnly(approvers, names, 'decide') }
}

function votedBefore({ vote, createdAt }: StoredVote, now: number): Problem {
  const deed = vote === 'approve' ? 'approved' : 'rejected'
  return { code: 'conflict', message: `You ${deed} this ${sayAgo(createdAt, now)}. A vote cannot be changed.` }
}
