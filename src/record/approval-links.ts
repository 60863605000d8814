// Links that decide an approval: the SHA-256 of a token, good for one member and once.

import { approvalColumns } from './approval-row.ts'
import type { ToldApproval } from './approval-times.ts'
import { workflowName } from './approvals.ts'
import type { Queryable } from './database.ts'

export interface ApprovalLink {
  readonly tenantId: string
  readonly id: string
  readonly approvalId: string
  readonly memberId: string
  readonly expiresAt: Date
  readonly usedAt: Date | null
}

export interface NewApprovalLink extends Omit<ApprovalLink, 'usedAt'> {
  readonly tokenHash: Buffer
  readonly createdAt: Date
}

export async function insertApprovalLinks(client: Queryable, links: readonly NewApprovalLink[]): Promise<void> {
  await client.query(
    `insert into approval_links (tenant_id, id, token_hash, approval_id, member_id, created_at, expires_at)
      select * from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[])`,
    [
      links.map((link) => link.tenantId),
      links.map((link) => link.id),
      links.map((link) => link.tokenHash),
      links.map((link) => link.approvalId),
      links.map((link) => link.memberId),
      links.map((link) => link.createdAt),
      links.map((link) => link.expiresAt),
    ],
  )
}

/** Whoever holds a token may not know the tenant: takes the engine's role. */
export async function findApprovalLink(engine: Queryable, tokenHash: Buffer): Promise<ApprovalLink | undefined> {
  const { rows } = await engine.query<ApprovalLink>({
    name: 'find_approval_link',
    text: `select tenant_id as "tenantId", id, approval_id as "approvalId", member_id as "memberId", expires_at as "expiresAt",
        used_at as "usedAt" from approval_links where token_hash = $1`,
    values: [tokenHash],
  })
  return rows[0]
}

/** What a link is about, which is kept from nobody meanwhile. */
export async function findLinkedApproval(
  db: Queryable,
  { tenantId, approvalId }: Pick<ApprovalLink, 'tenantId' | 'approvalId'>,
): Promise<ToldApproval | undefined> {
  const { rows } = await db.query<ToldApproval>({
    name: 'find_linked_approval',
    text: `select ${approvalColumns}, ${workflowName('a')} as workflow from approvals a where a.tenant_id = $1 and a.id = $2`,
    values: [tenantId, approvalId],
  })
  return rows[0]
}

/** False when it was used before, or its time is up. Of two at once, one waits and then finds it used. */
export async function useApprovalLink(
  client: Queryable,
  { tenantId, id }: Pick<ApprovalLink, 'tenantId' | 'id'>,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval_links set used_at = $3 where tenant_id = $1 and id = $2 and used_at is null and expires_at > $3`,
    [tenantId, id, now],
  )
  return rowCount === 1
}

/** Forgets those that expired long ago. */
export async function deleteOldApprovalLinks(engine: Queryable, before: Date): Promise<void> {
  await engine.query('delete from approval_links where expires_at < $1', [before])
}
