// The end of an approval: its row, what waits for it, and the entries of the audit; exactly once.

import type { Actor } from '../kernel/access/actor.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import { ok, type Problem, type Result } from '../kernel/problem.ts'
import type { StoredVote } from '../record/approval-votes.ts'
import { type Approval, type ApprovalStatus, settleApproval } from '../record/approvals.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { sendSignals } from '../record/signals.ts'
import {
  acts,
  type Content,
  type DecisionParts,
  kindHandlers,
  type Settled,
  type SubjectKind,
  subjectKinds,
} from './approval-kinds.ts'

export interface Ending {
  readonly status: Settled['decision']
  readonly reason: string | null
  /** For the step that waits. */
  readonly votes: readonly StoredVote[]
  /** What the audit shows beside the status. */
  readonly shown?: JsonObject
}

export interface Ended {
  /** `cancelled` when the execution that waited is over. */
  readonly status: ApprovalStatus
  readonly entries: readonly AuditEntry[]
}

/** Of an approval about an object of the platform; undefined where it holds an execution. */
export function subjectOf({ kind, subjectId }: Approval): { kind: SubjectKind; subjectId: string } | undefined {
  const known = subjectKinds.find((one) => one === kind)
  return known === undefined || subjectId === null ? undefined : { kind: known, subjectId }
}

export async function contentNow(
  parts: DecisionParts,
  client: Queryable,
  approval: Approval,
): Promise<Content | undefined> {
  const subject = subjectOf(approval)
  const { kinds = kindHandlers } = parts
  return subject && kinds[subject.kind].contentNow(parts, client, approval.tenantId, subject.subjectId)
}

/**
 * Ends a pending approval, which is locked: changes its subject or wakes its step, and returns the audit entries. Problems: those
 * of the kind's handler, which then has changed nothing that may stay.
 */
export async function endApproval(
  parts: DecisionParts,
  client: Queryable,
  actor: Actor,
  approval: Approval,
  { status, reason, votes, shown }: Ending,
): Promise<Result<Ended>> {
  const at = new Date(parts.now())
  const subject = subjectOf(approval)
  const isOver = subject === undefined && !(await wake(parts, client, approval, status, votes))
  const ended = isOver ? 'cancelled' : status
  await settleApproval(client, approval, ended, at, reason)
  const entry = endEntry(approval, ended, reason, shown, at)
  if (subject === undefined) return ok({ status: ended, entries: [entry] })
  const { kinds = kindHandlers } = parts
  const settled = await kinds[subject.kind].settle(parts, client, actor, {
    ...subject,
    approvalId: approval.id,
    acts: acts.filter((act) => approval.acts.includes(act)),
    contentHash: approval.contentHash ?? '',
    content: approval.content,
    decision: status,
    edit: approval.editHash === null ? null : approval.edit,
    editHash: approval.editHash,
    reason,
  })
  return settled.ok ? ok({ status: ended, entries: [entry, ...settled.value.entries] }) : settled
}

/** What the audit says an approval is of. */
export const whereOf = ({ executionId, step, item, kind, subjectId }: Approval): JsonObject =>
  kind === 'step' || kind === 'run' ? { execution_id: executionId, step, item } : { kind, subject_id: subjectId }

export const objectOf = ({ id, summary }: Approval) => ({ type: 'approval', id, name: summary })

function endEntry(
  approval: Approval,
  status: ApprovalStatus,
  reason: string | null,
  shown: JsonObject | undefined,
  at: Date,
): AuditEntry {
  const edited = status === 'approved' && approval.editHash !== null && { edit: approval.edit }
  const after: Json = {
    status,
    ...(status !== 'cancelled' && shown),
    ...(reason !== null && { reason }),
    ...edited,
    ...whereOf(approval),
  }
  return { action: `approval.${status}`, object: objectOf(approval), before: { status: 'pending' }, after, at }
}

/** Wakes the step that waits; whatever is not an approval rejects it. False when its execution has ended. */
async function wake(
  { newId, now }: DecisionParts,
  client: Queryable,
  approval: Approval,
  status: Settled['decision'],
  votes: readonly StoredVote[],
): Promise<boolean> {
  const { tenantId, id, executionId, step, item } = approval
  if (executionId === null || step === null) return false
  const told = votes.map(({ email, vote, reason, createdAt }) => ({
    member: email,
    vote,
    reason,
    at: createdAt.toISOString(),
  }))
  const edited = status === 'approved' && approval.editHash !== null && { edit: approval.edit }
  // By its `ref` the step knows whether this is what it asks for now.
  const data = { ref: id, decision: status === 'approved' ? 'approved' : 'rejected', votes: told, ...edited }
  const kind = 'approval' as const
  const signal = { tenantId, executionId, id: newId(), kind, step, data, createdAt: new Date(now()) }
  return (await sendSignals(client, [item === null ? signal : { ...signal, item }])).size > 0
}

export const isOverProblem: Problem = {
  code: 'conflict',
  message: 'Nothing waits for this any more: its execution has ended.',
}

/** A refusal that what was written down with it outlives. */
export const keptRefusal = (problem: Problem): Result<never> => ({ ok: false, problems: [problem], kept: true })
