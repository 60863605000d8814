// Changes of a policy: what raises applies at once, what lowers anything waits for another owner or admin.

import { type Actor, referenceTo } from '../kernel/access/actor.ts'
import { canonicalJson, jsonCopy } from '../kernel/definition/canonical-json.ts'
import { expiryMs, type Governance, policyRule } from '../kernel/policy/governance-policy.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { hashOf } from '../engine/gate/closure.ts'
import { findPendingOfSubject, lockApprovals } from '../record/approvals.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { lockGovernance, readGovernance, updateGovernance } from '../record/policies.ts'
import {
  findPendingChange,
  findPolicyChange,
  insertPolicyChange,
  type PolicyChange,
  settlePolicyChange as settleChange,
} from '../record/policy-changes.ts'
import { askForActive } from './activation-asks.ts'
import type { Content, KindHandler, KindParts, Settled } from './approval-kinds.ts'
import { requestApproval } from './approval-request.ts'
import { closeAsks } from './closed-asks.ts'
import { remindEveryMs } from './policy-times.ts'

interface Step {
  readonly before: Governance
  readonly after: Governance
}

/** Keeps the approval of the change that waits as it is. To be called before the policies are locked, as a decision does. */
export async function lockPendingChange(client: Queryable, tenantId: string): Promise<void> {
  const pending = await findPendingChange(client, tenantId)
  if (pending === undefined) return
  await lockApprovals(client, tenantId, await findPendingOfSubject(client, tenantId, 'policy', pending.id))
}

/** Makes it the tenant's policy, and asks for what active workflows need now and lack. Appends nothing. */
export async function applyGovernance(
  parts: KindParts,
  client: Queryable,
  tenantId: string,
  { before, after }: Step,
): Promise<AuditEntry[]> {
  const at = new Date(parts.now())
  await updateGovernance(client, tenantId, after, at)
  const object = { type: 'policies', id: tenantId }
  const shown = { before: { governance: jsonCopy(before) }, after: { governance: jsonCopy(after) } }
  const changed: AuditEntry = { action: 'policies.changed', object, ...shown, at }
  return [changed, ...(await askForActive(parts, client, tenantId))]
}

/** A change of a policy that is no longer the tenant's. Appends nothing. */
export async function outdate(
  parts: Pick<KindParts, 'now'>,
  client: Queryable,
  { tenantId, id }: PolicyChange,
): Promise<AuditEntry[]> {
  const reason = 'The policy was changed meanwhile.'
  const asks = await findPendingOfSubject(client, tenantId, 'policy', id)
  await settleChange(client, tenantId, id, 'void', new Date(parts.now()))
  return closeAsks(parts, client, tenantId, asks, { status: 'void', reason })
}

interface Lowering extends Step {
  readonly lowered: readonly string[]
  readonly pending: PolicyChange | undefined
}

/** Problems: `conflict` (another change waits), `unreachable_quorum` (nobody else could agree). Appends nothing. */
export async function askToLower(
  parts: KindParts,
  client: Queryable,
  actor: Actor,
  { before, after, lowered, pending }: Lowering,
): Promise<Result<AuditEntry[]>> {
  if (pending !== undefined) return failed(waits(pending))
  const { tenantId } = actor
  const id = parts.newId()
  const requestedBy = referenceTo(actor)
  const createdAt = new Date(parts.now())
  const ask = askOf({ before, after }, lowered, requestedBy, createdAt)
  const asked = await requestApproval(parts, client, actor, { ...ask, subjectId: id })
  if (!asked.ok) return failed(...asked.problems.map((problem) => needsSecond(problem, lowered)))
  const { approvalId, entry } = asked.value
  await insertPolicyChange(client, { tenantId, id, before, after, requestedBy, approvalId, createdAt })
  const wish: AuditEntry = {
    action: 'policies.change_requested',
    object: { type: 'policy_change', id },
    before: { governance: jsonCopy(before) },
    after: { lowers: [...lowered], governance: jsonCopy(after), approval_id: approvalId },
    at: createdAt,
  }
  return ok([wish, entry])
}

function askOf({ before, after }: Step, lowered: readonly string[], requestedBy: string, now: Date) {
  return {
    kind: 'policy',
    summary: `Lower the policy: ${lowered.join('; ')}`.slice(0, 500),
    details: { lowers: [...lowered] },
    impact: 'C',
    approvers: policyRule.approvers,
    quorum: policyRule.quorum,
    expiresAt: new Date(now.getTime() + (expiryMs(policyRule) ?? 0)),
    ...remindEveryMs(before),
    ...contentOf(before, after),
    requestedBy,
    author: requestedBy,
    lastEditor: requestedBy,
    excludes: before.separation,
  } as const
}

export const settlePolicyChange: KindHandler = {
  settle: async (parts, client, { tenantId }, settled) => {
    const change = await findPolicyChange(client, tenantId, settled.subjectId)
    if (change === undefined || change.status !== 'pending') return ok({ entries: [] })
    const at = new Date(parts.now())
    const present = settled.decision === 'approved' ? await lockGovernance(client, tenantId, at) : change.before
    // Somebody raised it since the approval was held against it: the next decision finds it void.
    if (canonicalJson(present) !== canonicalJson(change.before)) return failed(changedMeanwhile)
    const status = settled.decision === 'approved' ? 'applied' : settled.decision
    await settleChange(client, tenantId, change.id, status, at)
    const entry = settledEntry(change, settled, status, at)
    if (status !== 'applied') return ok({ entries: [entry] })
    return ok({ entries: [entry, ...(await applyGovernance(parts, client, tenantId, change))] })
  },
  contentNow: async (_parts, client, tenantId, subjectId) => {
    const change = await findPolicyChange(client, tenantId, subjectId)
    if (change === undefined) return undefined
    const { contentHash: hash, content } = contentOf(await readGovernance(client, tenantId), change.after)
    return { hash, content } satisfies Content
  },
}

function contentOf(before: Governance, after: Governance) {
  const content = { before: jsonCopy(before), after: jsonCopy(after) }
  return { content, contentHash: hashOf(content) }
}

function settledEntry({ id }: PolicyChange, { approvalId, reason }: Settled, status: string, at: Date): AuditEntry {
  const after = { status, approval_id: approvalId, ...(reason !== null && { reason }) }
  const object = { type: 'policy_change', id }
  return { action: `policies.change_${status}`, object, before: { status: 'pending' }, after, at }
}

const changedMeanwhile: Problem = {
  code: 'conflict',
  message: 'The policy was changed meanwhile, so that this change is of another one. Ask for it again.',
}

function waits({ approvalId }: PolicyChange): Problem {
  return {
    code: 'conflict',
    message: `Another change of the policy waits for approval ${approvalId ?? ''}.`,
    hint: 'Have it decided or withdraw it; what only raises the policy needs no approval.',
  }
}

function needsSecond(problem: Problem, lowered: readonly string[]): Problem {
  if (problem.code !== 'unreachable_quorum') return problem
  const message = `This lowers the policy (${lowered.join('; ')}), and another owner or admin has to agree: there is none.`
  return { code: 'unreachable_quorum', message, hint: 'Invite a second owner or admin, then ask again.' }
}
