// What a council has decided.

import { type DraftViewer, seesDraftOf } from './draft-lists.ts'
import type { ApprovalKind, ApprovalStatus } from './approval-row.ts'
import type { Queryable } from './database.ts'

export interface CouncilDecision {
  readonly approvalId: string
  readonly kind: ApprovalKind
  readonly subjectId: string | null
  readonly executionId: string | null
  readonly summary: string
  readonly impact: 'A' | 'B' | 'C' | null
  readonly status: ApprovalStatus
  readonly approvals: number
  readonly rejections: number
  readonly createdAt: Date
  readonly decidedAt: Date
  readonly reason: string | null
}

const votesOf = (vote: 'approve' | 'reject'): string => `(select count(*)::integer from approval_votes v
    where v.tenant_id = a.tenant_id and v.approval_id = a.id and v.vote = '${vote}')`

/**
 * The newest first, and how many there are. Decisions on drafts are for those who see the draft, and for who sits on the council
 * that made them.
 */
export async function pageOfCouncilDecisions(
  db: Queryable,
  tenantId: string,
  council: { readonly id: string; readonly name: string },
  asked: { readonly viewer: DraftViewer; readonly now: Date; readonly limit: number; readonly offset: number },
): Promise<{ readonly decisions: CouncilDecision[]; readonly counted: number }> {
  const { viewer, now, limit, offset } = asked
  const where = `a.tenant_id = $1 and a.approvers ->> 'council' = $2 and a.status <> 'pending' and (a.kind <> 'draft'
    or ${seesDraftOf('a', { reference: '$3', member: '$4', seesAll: '$5', now: '$6' })}
    or exists (select from council_members s where s.tenant_id = $1 and s.council_id = $7 and s.member_id = $4::uuid))`
  const values = [tenantId, council.name, viewer.reference, viewer.memberId, viewer.seesAll, now, council.id]
  const { rows: decisions } = await db.query<CouncilDecision>(
    `select a.id as "approvalId", a.kind, a.subject_id as "subjectId", a.execution_id as "executionId", a.summary, a.impact,
        a.status, ${votesOf('approve')} as approvals, ${votesOf('reject')} as rejections, a.created_at as "createdAt",
        a.decided_at as "decidedAt", a.closed_reason as reason
      from approvals a where ${where} order by a.decided_at desc, a.id limit $8 offset $9`,
    [...values, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from approvals a where ${where}`,
    values,
  )
  return { decisions, counted: rows[0]?.count ?? 0 }
}
