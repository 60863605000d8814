// Counting approvals anew when those who are asked have changed: none is left to hang.

import type { Actor } from '../kernel/access/actor.ts'
import type { Problem } from '../kernel/problem.ts'
import { escalateApproval } from '../record/approval-times.ts'
import { type Approval, lockApprovals, lockHeld, markUnreachable } from '../record/approvals.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { membersOfAudience } from '../record/members.ts'
import { insertNotifications } from '../record/notifications.ts'
import { inSavepoint } from '../record/savepoint.ts'
import { requesterOf } from './approval-moves.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { countOf, memberOf, reachProblem, type Standing, standingOf } from './approval-standing.ts'
import { changeOf, endByVotes } from './decide.ts'
import { objectOf, whereOf } from './settle-approval.ts'

/**
 * In the transaction that changed who is asked. A quorum that is reached now settles; a rule that nobody can meet any more asks
 * those next who were named for it, or is flagged and told. Returns the audit entries and appends nothing.
 */
export async function recountApprovals(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<AuditEntry[]> {
  if (ids.length === 0) return []
  const locked = await lockApprovals(client, actor.tenantId, [...new Set(ids)])
  const now = parts.now()
  const open = locked.filter(
    ({ status, expiresAt }) => status === 'pending' && (expiresAt?.getTime() ?? Infinity) > now,
  )
  await lockHeld(client, open)
  const entries: AuditEntry[] = []
  for (const approval of open) entries.push(...(await recountOne(parts, client, actor, approval)))
  return entries
}

async function recountOne(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  approval: Approval,
): Promise<readonly AuditEntry[]> {
  const standing = await standingOf(client, approval, new Date(parts.now()))
  const count = countOf(standing)
  // What has changed meanwhile is found void by whoever votes next.
  if (count.decision !== 'open' && (await changeOf(parts, client, approval)) === undefined) {
    const end = () => endByVotes(parts, client, actor, standing, count)
    const ended = await inSavepoint(client, end, (result) => !result.ok)
    if (ended.ok) return ended.value.entries
  }
  return reconsider(parts, client, standing)
}

async function reconsider(parts: DecisionParts, client: Queryable, standing: Standing): Promise<AuditEntry[]> {
  const { approval } = standing
  const problem = reachProblem(standing)
  const at = new Date(parts.now())
  if (problem === undefined) {
    if (approval.unreachableAt !== null) await markUnreachable(client, approval, null)
    return []
  }
  if (approval.escalateTo !== null) return escalate(parts, client, approval, problem, at)
  if (approval.unreachableAt !== null) return []
  await markUnreachable(client, approval, at)
  await tell(parts, client, approval, problem, at)
  const after = { reason: problem.message, ...whereOf(approval) }
  return [{ action: 'approval.unreachable', object: objectOf(approval), after, at }]
}

const usualLifeMs = 7 * 86_400_000

/** Those who are asked next have as long as the first had. */
async function escalate(
  parts: DecisionParts,
  client: Queryable,
  approval: Approval,
  { message: reason }: Problem,
  at: Date,
): Promise<AuditEntry[]> {
  const { approvers: before, escalateTo: to, createdAt, expiresAt } = approval
  if (to === null) return []
  const livesMs = expiresAt === null ? usualLifeMs : expiresAt.getTime() - createdAt.getTime()
  const until = new Date(at.getTime() + livesMs)
  await escalateApproval(client, approval, { to, at, until })
  const after = { approvers: { ...to }, expires_at: until.toISOString(), reason, ...whereOf(approval) }
  const object = objectOf(approval)
  const entry: AuditEntry = { action: 'approval.escalated', object, before: { approvers: { ...before } }, after, at }
  const escalated = { ...approval, approvers: to, escalateTo: null, expiresAt: until }
  return [entry, ...(await reconsider(parts, client, await standingOf(client, escalated, at)))]
}

/** Whoever asked, and those who can change the rule or add a member. */
async function tell(
  { newId }: DecisionParts,
  client: Queryable,
  approval: Approval,
  { message: reason }: Problem,
  createdAt: Date,
): Promise<void> {
  const { tenantId, executionId, summary } = approval
  const governing = await membersOfAudience(client, tenantId, { roles: ['owner', 'admin'] })
  const requester = memberOf(await requesterOf(client, approval))
  const ids = new Set([...governing.map(({ id }) => id), ...(requester === undefined ? [] : [requester])])
  const message = `"${summary}" cannot be approved any more. ${reason}`
  const title = 'An approval cannot be met'
  const notes = [...ids].map((memberId) => ({
    tenantId,
    id: newId(),
    memberId,
    executionId,
    title,
    message,
    createdAt,
  }))
  if (notes.length > 0) await insertNotifications(client, notes)
}
