// The one way to decide: over the API, the command line, by mail, and whatever comes.

import type { Actor } from '../kernel/access/actor.ts'
import type { Json } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { sayDifference } from '../kernel/voting/difference.ts'
import { differenceOf } from '../engine/gate/closure.ts'
import { insertVote, type StoredVote } from '../record/approval-votes.ts'
import { type Approval, editApproval, lockApproval } from '../record/approvals.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findMember, type Member } from '../record/members.ts'
import { inSavepoint } from '../record/savepoint.ts'
import { editOf } from './approval-edit.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { type Count, countOf, currentVotes, type Standing, standingOf } from './approval-standing.ts'
import { contentNow, endApproval, isOverProblem, keptRefusal, objectOf, subjectOf, whereOf } from './settle-approval.ts'
import { choiceOf, closedProblem, voterProblem } from './vote-problem.ts'

export interface Vote {
  readonly approvalId: string
  /** Whose vote it is: the actor's own, unless somebody at the machine casts it for a member. */
  readonly memberId: string
  readonly vote: 'approve' | 'reject'
  readonly reason?: string
  /** Whose seat it fills, of several that were left to the member. */
  readonly onBehalfOf?: string
  /** Changes what is approved; only where the approval may be edited. */
  readonly edit?: Json
}

export interface VoteCast {
  /** Of the approval, with this vote. */
  readonly status: 'pending' | 'approved' | 'rejected'
  readonly approvals: number
  readonly needed: number
}

/** What was decided, and the audit entries of it; they are to be appended even when it was refused. */
export interface Decided {
  readonly result: Result<VoteCast>
  readonly entries: readonly AuditEntry[]
}

/**
 * Casts a vote and settles the approval when the vote decides it, in one transaction: of votes at the same moment one is the
 * last. Problems: `not_found`; `conflict` (decided, expired, voted before, or about something that has changed since: it is void
 * then); `forbidden` (not asked, or had a hand in it); `invalid_input` (the edit).
 */
export async function decideApproval(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  vote: Vote,
): Promise<Result<VoteCast>> {
  const approval = await lockApproval(client, actor.tenantId, vote.approvalId)
  const { result, entries } = await decideLocked(parts, client, actor, vote, approval)
  if (entries.length > 0) await appendAudit(client, actor, entries)
  return result
}

/** Appends nothing. The approval is locked, or does not exist. */
export async function decideLocked(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  vote: Vote,
  approval: Approval | undefined,
): Promise<Decided> {
  const { approvalId } = vote
  if (approval === undefined) return refused({ code: 'not_found', message: `There is no approval ${approvalId}.` })
  const decide = () => decideOne(parts, client, actor, vote, approval)
  // What a handler of its kind began and then refused is taken back, also where the caller goes on.
  const fails = ({ result }: Decided): boolean => !result.ok && result.kept !== true
  return subjectOf(approval) === undefined ? decide() : inSavepoint(client, decide, fails)
}

const refused = (...problems: Problem[]): Decided => ({ result: failed(...problems), entries: [] })

async function decideOne(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  vote: Vote,
  approval: Approval,
): Promise<Decided> {
  const now = parts.now()
  const found = await standingOf(client, approval, new Date(now))
  const closed = voterProblem(actor, vote.memberId) ?? closedProblem(approval, found.votes, now)
  if (closed !== undefined) return refused(closed)
  const { onBehalfOf: seat } = vote
  if (seat !== undefined && (await findMember(client, approval.tenantId, seat)) === undefined)
    return refused({ code: 'not_found', message: `There is no member ${seat}.`, pointer: '/on_behalf_of' })
  const changed = await changeOf(parts, client, approval)
  if (changed !== undefined) return voided(parts, client, actor, found, changed)
  const edit = await editOf(parts, client, found, vote)
  if (!edit.ok) return { result: edit, entries: [] }
  const standing = edit.value
  const choice = choiceOf(standing, vote.memberId, vote.onBehalfOf, now)
  const member = await findMember(client, approval.tenantId, vote.memberId)
  if (!choice.ok) return refused(choice.problem)
  if (member === undefined) return refused({ code: 'forbidden', message: 'Who votes is no member any more.' })
  const { editHash } = standing.approval
  if (editHash !== null && editHash !== approval.editHash)
    await editApproval(client, approval, standing.approval.edit, editHash)
  const cast = await castVote(parts, client, actor, standing, { ...vote, seat: choice.seat, member })
  const after: Standing = { ...standing, votes: [...standing.votes, cast] }
  return settle(parts, client, actor, after, votedEntry(standing, cast, approval))
}

async function castVote(
  parts: DecisionParts,
  client: Queryable,
  { channel }: Actor,
  { approval, hash }: Standing,
  { vote, reason, seat, member }: Vote & { readonly seat: string; readonly member: Member },
): Promise<StoredVote> {
  const { tenantId, id: approvalId } = approval
  const { id: memberId, name, email } = member
  const onBehalfOf = seat === memberId ? null : seat
  const createdAt = new Date(parts.now())
  const signed = { memberId, onBehalfOf, vote, contentHash: hash, channel, createdAt }
  await insertVote(client, { ...signed, tenantId, approvalId, reason })
  return { ...signed, name, email, reason: reason ?? null }
}

/** The last look at what it is about and at the votes, and the end where they decide. */
async function settle(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  standing: Standing,
  voted: AuditEntry,
): Promise<Decided> {
  const { approval } = standing
  const count = countOf(standing)
  const { decision, approvals, needed } = count
  if (decision === 'open') return { result: ok({ status: 'pending', approvals, needed }), entries: [voted] }
  const changed = await changeOf(parts, client, approval)
  if (changed !== undefined) return voided(parts, client, actor, standing, changed, [voted])
  const ended = await endByVotes(parts, client, actor, standing, count)
  if (!ended.ok) return { result: ended, entries: [] }
  const entries = [voted, ...ended.value.entries]
  if (ended.value.status === 'cancelled') return { result: keptRefusal(isOverProblem), entries }
  return { result: ok({ status: decision, approvals, needed }), entries }
}

/** Ends an approval whose votes decide it. */
export function endByVotes(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  standing: Standing,
  { decision, approvals, needed }: Count,
) {
  const status = decision === 'approved' ? 'approved' : 'rejected'
  const votes = currentVotes(standing)
  return endApproval(parts, client, actor, standing.approval, {
    status,
    reason: null,
    votes,
    shown: { approvals, needed },
  })
}

/** What changed since it was asked for, in words; undefined when nothing did. */
export async function changeOf(
  parts: DecisionParts,
  client: Queryable,
  approval: Approval,
): Promise<string | undefined> {
  if (subjectOf(approval) === undefined) return undefined
  const now = await contentNow(parts, client, approval)
  if (now === undefined) return 'What it is about is gone.'
  return now.hash === approval.contentHash ? undefined : sayChange(approval.content, now.content)
}

/** In the words of workflows where it is one. */
export function sayChange(before: Json, after: Json): string {
  const isWorkflow = typeof before === 'object' && before !== null && 'definition' in before
  return isWorkflow ? differenceOf(before, after) : sayDifference(before, after)
}

async function voided(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  { approval, votes }: Standing,
  changed: string,
  before: readonly AuditEntry[] = [],
): Promise<Decided> {
  const ended = await endApproval(parts, client, actor, approval, { status: 'void', reason: changed, votes })
  if (!ended.ok) return { result: ended, entries: [] }
  const message = `This is not what approval was asked for any more, so nothing was decided. ${changed}`
  const hint = 'Have approval asked for again.'
  return { result: keptRefusal({ code: 'conflict', message, hint }), entries: [...before, ...ended.value.entries] }
}

function votedEntry(
  { approval, members, hash }: Standing,
  { memberId, name: member, onBehalfOf, vote, reason, createdAt: at }: StoredVote,
  earlier: Approval,
): AuditEntry {
  const whose = members.find(({ id }) => id === onBehalfOf)
  const after = {
    member_id: memberId,
    member,
    vote,
    reason,
    ...(onBehalfOf !== null && { on_behalf_of: onBehalfOf, on_behalf_of_member: whose?.name ?? null }),
    ...(approval.editHash !== earlier.editHash && { edit: approval.edit }),
    ...(subjectOf(approval) !== undefined && { content_hash: hash }),
    ...whereOf(approval),
  }
  return { action: 'approval.voted', object: objectOf(approval), after, at }
}
