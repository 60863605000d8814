// Votes on approvals, which nobody changes or takes back.

import type { Queryable } from './database.ts'

export interface NewVote {
  readonly tenantId: string
  readonly approvalId: string
  readonly memberId: string
  /** Whose seat it fills, where that is another's. */
  readonly onBehalfOf?: string | null
  readonly vote: 'approve' | 'reject'
  readonly reason: string | undefined
  /** What was signed. */
  readonly contentHash?: string
  /** Where it was cast: `cli`, `api`, `email` … */
  readonly channel: string
  readonly createdAt: Date
}

export interface StoredVote {
  readonly memberId: string
  readonly name: string
  readonly email: string
  readonly onBehalfOf: string | null
  readonly vote: 'approve' | 'reject'
  readonly reason: string | null
  readonly contentHash: string | null
  readonly channel: string
  readonly createdAt: Date
}

export async function insertVote(client: Queryable, vote: NewVote): Promise<void> {
  await client.query(
    `insert into approval_votes (tenant_id, approval_id, member_id, on_behalf_of, vote, reason, content_hash, channel, created_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      vote.tenantId,
      vote.approvalId,
      vote.memberId,
      vote.onBehalfOf ?? null,
      vote.vote,
      vote.reason ?? null,
      vote.contentHash ?? null,
      vote.channel,
      vote.createdAt,
    ],
  )
}

/** The votes on an approval in the order in which they were cast. */
export async function listVotes(db: Queryable, tenantId: string, approvalId: string): Promise<StoredVote[]> {
  const { rows } = await db.query<StoredVote>(
    `select v.member_id as "memberId", m.name, m.email, v.on_behalf_of as "onBehalfOf", v.vote, v.reason,
        v.content_hash as "contentHash", v.channel, v.created_at as "createdAt"
      from approval_votes v join members m on m.tenant_id = v.tenant_id and m.id = v.member_id
      where v.tenant_id = $1 and v.approval_id = $2 order by v.ordinal`,
    [tenantId, approvalId],
  )
  return rows
}
