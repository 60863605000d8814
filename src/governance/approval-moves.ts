// What happens to an approval beside votes: it is withdrawn, or people get more time.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { may, type Role } from '../kernel/access/permissions.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { listVotes } from '../record/approval-votes.ts'
import { type Approval, extendApproval, findExecutionHands, lockApproval } from '../record/approvals.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findMember } from '../record/members.ts'
import { sendSignals } from '../record/signals.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { endApproval, isOverProblem, keptRefusal, objectOf, whereOf } from './settle-approval.ts'
import { closedProblem } from './vote-problem.ts'

const dayMs = 86_400_000
const mostDaysAhead = 90

/** Takes back what was asked. Problems: `not_found`, `conflict` (closed), `forbidden` (neither asked for it nor governs). */
export async function withdrawApproval(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  { approvalId, reason }: { readonly approvalId: string; readonly reason: string },
): Promise<Result<undefined>> {
  const locked = await lockForRequester(parts, client, actor, approvalId, 'withdraw it')
  if (!locked.ok) return locked
  const votes = await listVotes(client, actor.tenantId, approvalId)
  const ended = await endApproval(parts, client, actor, locked.value, { status: 'withdrawn', reason, votes })
  if (!ended.ok) return ended
  await appendAudit(client, actor, ended.value.entries)
  return ended.value.status === 'cancelled' ? keptRefusal(isOverProblem) : ok(undefined)
}

/** Gives people more time. Problems: as above, `invalid_input` (not later than now is, or too far ahead). */
export async function extendExpiry(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  { approvalId, expiresAt }: { readonly approvalId: string; readonly expiresAt: Date },
): Promise<Result<undefined>> {
  const locked = await lockForRequester(parts, client, actor, approvalId, 'give it more time')
  if (!locked.ok) return locked
  const approval = locked.value
  const at = new Date(parts.now())
  const problem = timeProblem(approval, expiresAt, at)
  if (problem !== undefined) return failed(problem)
  if (!(await tellStep(parts, client, approval, expiresAt))) return failed(isOverProblem)
  await extendApproval(client, approval, expiresAt)
  await appendAudit(client, actor, {
    action: 'approval.extended',
    object: objectOf(approval),
    before: { expires_at: approval.expiresAt?.toISOString() ?? null },
    after: { expires_at: expiresAt.toISOString(), ...whereOf(approval) },
    at,
  })
  return ok(undefined)
}

function timeProblem({ expiresAt: before }: Approval, expiresAt: Date, now: Date): Problem | undefined {
  const invalid = (message: string): Problem => ({ code: 'invalid_input', message, pointer: '/expires_at' })
  if (before === null) return invalid('This approval never expires: there is nothing to extend.')
  if (expiresAt.getTime() <= before.getTime())
    return invalid(`It expires at ${before.toISOString()}. Name a later time.`)
  const most = new Date(now.getTime() + mostDaysAhead * dayMs)
  return expiresAt > most
    ? invalid(`An approval waits for ${mostDaysAhead} days at most: until ${most.toISOString()}.`)
    : undefined
}

/** The step keeps its own time. False when its execution has ended. */
async function tellStep(
  { newId, now }: DecisionParts,
  client: Queryable,
  { tenantId, id, executionId, step, item }: Approval,
  expiresAt: Date,
): Promise<boolean> {
  if (executionId === null || step === null) return true
  const data = { ref: id, until: expiresAt.getTime() }
  const signal = {
    tenantId,
    executionId,
    id: newId(),
    kind: 'approval' as const,
    step,
    data,
    createdAt: new Date(now()),
  }
  return (await sendSignals(client, [item === null ? signal : { ...signal, item }])).size > 0
}

/** A pending approval for whoever asked for it, or governs the tenant. */
async function lockForRequester(
  { now }: DecisionParts,
  client: Queryable,
  actor: Actor,
  approvalId: string,
  deed: string,
): Promise<Result<Approval>> {
  const approval = await lockApproval(client, actor.tenantId, approvalId)
  if (approval === undefined) return failed({ code: 'not_found', message: `There is no approval ${approvalId}.` })
  const closed = closedProblem(approval, await listVotes(client, actor.tenantId, approvalId), now())
  if (closed !== undefined) return failed(closed)
  if (await mayManage(client, actor, approval)) return ok(approval)
  const message = `Only who asked for this, an owner or an admin may ${deed}.`
  return failed({ code: 'forbidden', message, hint: 'Ask one of them.' })
}

/** Whether an actor asked for an approval, or governs the tenant. */
export async function mayManage(client: Queryable, actor: Actor, approval: Approval): Promise<boolean> {
  if (actor.kind === 'operator') return true
  if (referenceTo(actor) === (await requesterOf(client, approval))) return true
  const member = actor.kind === 'member' ? await findMember(client, actor.tenantId, actor.id ?? '') : undefined
  const role: Role | undefined = member?.role
  return role !== undefined && may(role, 'settings:write')
}

/** Of a step: who started the execution. */
export async function requesterOf(client: Queryable, approval: Approval): Promise<string | null> {
  const { tenantId, executionId, requestedBy } = approval
  if (executionId === null) return requestedBy
  return (await findExecutionHands(client, tenantId, executionId))?.startedBy ?? null
}
