// An approval as it is stored.

import type { Json } from '../kernel/json.ts'
import type { Hand } from '../kernel/voting/separation.ts'
import type { Approvers } from '../kernel/voting/rule-problem.ts'
import type { QuorumRule } from '../kernel/voting/tally.ts'

export const approvalKinds = ['step', 'run', 'activation', 'draft', 'template', 'policy'] as const
export type ApprovalKind = (typeof approvalKinds)[number]

export const approvalStatuses = [
  'pending',
  'approved',
  'rejected',
  'expired',
  'cancelled',
  'withdrawn',
  'void',
] as const
export type ApprovalStatus = (typeof approvalStatuses)[number]

export interface Approval {
  readonly tenantId: string
  readonly id: string
  readonly kind: ApprovalKind
  readonly status: ApprovalStatus
  /** Null unless it holds an execution. */
  readonly executionId: string | null
  readonly step: string | null
  readonly item: number | null
  /** The version, draft, template or change of policy; null where it holds an execution. */
  readonly subjectId: string | null
  readonly acts: readonly string[]
  readonly impact: 'A' | 'B' | 'C' | null
  readonly summary: string
  readonly details: Json
  readonly approvers: Approvers
  readonly quorum: QuorumRule
  readonly expiresAt: Date | null
  readonly createdAt: Date
  readonly decidedAt: Date | null
  readonly closedReason: string | null
  /** Hexadecimal SHA-256 of `content`; null of a step, which signs what it shows. */
  readonly contentHash: string | null
  readonly content: Json
  /** As `referenceTo` names them. */
  readonly requestedBy: string | null
  readonly author: string | null
  readonly lastEditor: string | null
  readonly excludes: readonly Hand[]
  readonly mayEdit: boolean
  readonly edit: Json
  /** Of the content with the edit; null while nobody has edited it. */
  readonly editHash: string | null
  readonly escalateTo: Approvers | null
  readonly escalatedAt: Date | null
  readonly unreachableAt: Date | null
}

/** All but what can be long, of the table as `a`. */
export const approvalFacts = `a.tenant_id as "tenantId", a.id, a.kind, a.status, a.execution_id as "executionId", a.step, a.item,
  a.subject_id as "subjectId", a.acts, a.impact, a.summary, a.approvers, a.quorum, a.expires_at as "expiresAt",
  a.created_at as "createdAt", a.decided_at as "decidedAt", a.closed_reason as "closedReason", a.content_hash as "contentHash",
  a.requested_by as "requestedBy", a.author, a.last_editor as "lastEditor", a.excludes, a.may_edit as "mayEdit",
  a.edit_hash as "editHash", a.escalate_to as "escalateTo", a.escalated_at as "escalatedAt", a.unreachable_at as "unreachableAt"`

export const approvalColumns = `${approvalFacts}, a.details, a.content, a.edit`
