// Approvals: what waits for people's votes, and the votes.

import type { Json, JsonObject } from '../kernel/json.ts'
import type { Approvers } from '../kernel/voting/rule-problem.ts'
import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'
import { columnText, jsonText } from './json-text.ts'
import { asks } from './members.ts'

export interface NewApproval extends ExecutionKey {
  readonly id: string
  readonly step: string
  readonly item: number | undefined
  readonly summary: string
  readonly details: Json
  readonly approvers: JsonObject
  readonly quorum: number | 'majority' | 'unanimous'
  readonly expiresAt: Date | undefined
  readonly createdAt: Date
}

export async function insertApprovals(client: Queryable, approvals: readonly NewApproval[]): Promise<void> {
  await client.query({
    name: 'insert_approvals',
    text: `insert into approvals (tenant_id, id, execution_id, step, item, status, summary, details, approvers, quorum, expires_at, created_at)
      select a.tenant_id, a.id, a.execution_id, a.step, a.item, 'pending', a.summary, a.details, a.approvers, a.quorum, a.expires_at, a.created_at
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::jsonb[], $8::jsonb[], $9::jsonb[],
        $10::timestamptz[], $11::timestamptz[])
        as a (tenant_id, id, execution_id, step, item, summary, details, approvers, quorum, expires_at, created_at)`,
    values: [
      approvals.map((approval) => approval.tenantId),
      approvals.map((approval) => approval.id),
      approvals.map((approval) => approval.executionId),
      approvals.map((approval) => approval.step),
      approvals.map((approval) => approval.item ?? null),
      approvals.map((approval) => columnText(approval.summary)),
      approvals.map((approval) => (approval.details === null ? null : jsonText(approval.details))),
      approvals.map((approval) => jsonText(approval.approvers)),
      approvals.map((approval) => jsonText(approval.quorum)),
      approvals.map((approval) => approval.expiresAt ?? null),
      approvals.map((approval) => approval.createdAt),
    ],
  })
}

export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'expired' | 'cancelled'

export interface Approval extends Omit<NewApproval, 'item' | 'approvers' | 'expiresAt'> {
  readonly item: number | null
  readonly status: ApprovalStatus
  readonly approvers: Approvers
  readonly expiresAt: Date | null
  readonly decidedAt: Date | null
}

const columns = `a.tenant_id as "tenantId", a.id, a.execution_id as "executionId", a.step, a.item, a.status, a.summary, a.details,
  a.approvers, a.quorum, a.expires_at as "expiresAt", a.created_at as "createdAt", a.decided_at as "decidedAt"`

/** The approval, locked for the transaction: whoever else decides on it waits. */
export async function lockApproval(client: Queryable, tenantId: string, id: string): Promise<Approval | undefined> {
  const { rows } = await client.query<Approval>(
    `select ${columns} from approvals a where tenant_id = $1 and id = $2 for update`,
    [tenantId, id],
  )
  return rows[0]
}

/** Settles an approval that is pending. */
export async function settleApproval(
  client: Queryable,
  approval: Pick<Approval, 'tenantId' | 'id'>,
  status: 'approved' | 'rejected' | 'cancelled',
  at: Date,
): Promise<void> {
  await client.query(
    `update approvals set status = $3, decided_at = $4 where tenant_id = $1 and id = $2 and status = 'pending'`,
    [approval.tenantId, approval.id, status, at],
  )
}

export interface NewVote {
  readonly tenantId: string
  readonly approvalId: string
  readonly memberId: string
  readonly vote: 'approve' | 'reject'
  readonly reason: string | undefined
  /** Where it was cast: `cli`, `api`, `email` … */
  readonly channel: string
  readonly createdAt: Date
}

export interface StoredVote {
  readonly memberId: string
  readonly name: string
  readonly email: string
  readonly vote: 'approve' | 'reject'
  readonly reason: string | null
  readonly createdAt: Date
}

export async function insertVote(client: Queryable, vote: NewVote): Promise<void> {
  await client.query(
    `insert into approval_votes (tenant_id, approval_id, member_id, vote, reason, channel, created_at)
      values ($1, $2, $3, $4, $5, $6, $7)`,
    [vote.tenantId, vote.approvalId, vote.memberId, vote.vote, vote.reason ?? null, vote.channel, vote.createdAt],
  )
}

/** The votes on an approval in the order in which they were cast. */
export async function listVotes(db: Queryable, tenantId: string, approvalId: string): Promise<StoredVote[]> {
  const { rows } = await db.query<StoredVote>(
    `select v.member_id as "memberId", m.name, m.email, v.vote, v.reason, v.created_at as "createdAt"
      from approval_votes v join members m on m.tenant_id = v.tenant_id and m.id = v.member_id
      where v.tenant_id = $1 and v.approval_id = $2 order by v.ordinal`,
    [tenantId, approvalId],
  )
  return rows
}

export interface PendingApproval extends Approval {
  readonly workflow: string
  readonly approvals: number
}

export interface PendingFilter {
  /** Those that wait for this member: who is asked and has not voted. */
  readonly memberId?: string
  readonly executionId?: string
  readonly limit: number
  readonly offset: number
}

/** Approvals that still wait at `now`, those that expire first in front. */
export async function listPendingApprovals(
  db: Queryable,
  tenantId: string,
  filter: PendingFilter,
  now: Date,
): Promise<PendingApproval[]> {
  const { rows } = await db.query<PendingApproval>(
    `select ${columns}, w.name as workflow, (select count(*)::integer from approval_votes v
        where v.tenant_id = a.tenant_id and v.approval_id = a.id and v.vote = 'approve') as approvals
      from (
        select * from approvals a
        where a.tenant_id = $1 and a.status = 'pending' and (a.expires_at is null or a.expires_at > $2)
          and ($3::uuid is null or a.execution_id = $3)
          and ($4::uuid is null or (${asks('a.approvers', '$4')} and not exists (select from approval_votes v
            where v.tenant_id = a.tenant_id and v.approval_id = a.id and v.member_id = $4)))
        order by a.expires_at nulls last, a.id limit $5 offset $6
      ) a
      join executions e on e.tenant_id = a.tenant_id and e.id = a.execution_id
      join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
      order by a.expires_at nulls last, a.id`,
    [tenantId, now, filter.executionId ?? null, filter.memberId ?? null, filter.limit, filter.offset],
  )
  return rows
}
