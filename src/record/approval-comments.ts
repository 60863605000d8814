// Comments on approvals: questions and answers that decide nothing.

import type { Queryable } from './database.ts'
import { columnText } from './json-text.ts'

export interface ApprovalComment {
  readonly id: string
  /** As `referenceTo` names them. */
  readonly author: string
  readonly authorName: string
  readonly body: string
  readonly createdAt: Date
}

export async function insertComment(
  client: Queryable,
  { tenantId, approvalId, ...comment }: ApprovalComment & { readonly tenantId: string; readonly approvalId: string },
): Promise<void> {
  const { id, author, authorName, body, createdAt } = comment
  await client.query(
    `insert into approval_comments (tenant_id, id, approval_id, author, author_name, body, created_at)
      values ($1, $2, $3, $4, $5, $6, $7)`,
    [tenantId, id, approvalId, author, columnText(authorName), columnText(body), createdAt],
  )
}

/** The oldest first. */
export async function listComments(
  db: Queryable,
  tenantId: string,
  approvalId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly comments: ApprovalComment[]; readonly counted: number }> {
  const { rows: comments } = await db.query<ApprovalComment>(
    `select c.id, c.author, c.author_name as "authorName", c.body, c.created_at as "createdAt" from approval_comments c
      where c.tenant_id = $1 and c.approval_id = $2 order by c.id limit $3 offset $4`,
    [tenantId, approvalId, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from approval_comments c where c.tenant_id = $1 and c.approval_id = $2`,
    [tenantId, approvalId],
  )
  return { comments, counted: rows[0]?.count ?? 0 }
}
