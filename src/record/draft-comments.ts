// What people say about drafts.

import type { Queryable } from './database.ts'
import type { Hand } from './drafts.ts'
import { columnText } from './json-text.ts'

export interface NewDraftComment {
  readonly tenantId: string
  readonly id: string
  readonly draftId: string
  readonly replyTo: string | null
  readonly body: string
  readonly revision: number
  readonly step: string | null
  readonly line: number | null
  readonly said: Hand
}

export interface DraftComment extends Omit<NewDraftComment, 'said'> {
  readonly author: string
  readonly authorName: string
  readonly createdAt: Date
  readonly resolvedAt: Date | null
  readonly resolvedBy: string | null
  readonly resolvedByName: string | null
}

const columns = `tenant_id as "tenantId", id, draft_id as "draftId", reply_to as "replyTo", body, revision, step, line, author,
  author_name as "authorName", created_at as "createdAt", resolved_at as "resolvedAt", resolved_by as "resolvedBy",
  resolved_by_name as "resolvedByName"`

export async function insertDraftComment(client: Queryable, comment: NewDraftComment): Promise<void> {
  const { tenantId, id, draftId, replyTo, body, revision, step, line, said } = comment
  await client.query(
    `insert into draft_comments (tenant_id, id, draft_id, reply_to, author, author_name, body, revision, step, line, created_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [tenantId, id, draftId, replyTo, said.by, columnText(said.name), columnText(body), revision, step, line, said.at],
  )
}

export async function findDraftComment(
  db: Queryable,
  tenantId: string,
  draftId: string,
  id: string,
): Promise<DraftComment | undefined> {
  const { rows } = await db.query<DraftComment>(
    `select ${columns} from draft_comments where tenant_id = $1 and draft_id = $2 and id = $3`,
    [tenantId, draftId, id],
  )
  return rows[0]
}

/** In the order in which they were made; `isOpen` leaves out those that are resolved, and answers to them. */
export async function pageOfDraftComments(
  db: Queryable,
  tenantId: string,
  draftId: string,
  { isOpen, limit, offset }: { readonly isOpen: boolean; readonly limit: number; readonly offset: number },
): Promise<{ readonly comments: DraftComment[]; readonly counted: number }> {
  const where = `tenant_id = $1 and draft_id = $2 and (not $3 or (select p.resolved_at from draft_comments p
    where p.tenant_id = $1 and p.draft_id = $2 and p.id = coalesce(c.reply_to, c.id)) is null)`
  const { rows: comments } = await db.query<DraftComment>(
    `select ${columns} from draft_comments c where ${where} order by id limit $4 offset $5`,
    [tenantId, draftId, isOpen, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from draft_comments c where ${where}`,
    [tenantId, draftId, isOpen],
  )
  return { comments, counted: rows[0]?.count ?? 0 }
}

/** Resolves a comment, or opens it again where `resolved` is absent. */
export async function resolveDraftComment(
  client: Queryable,
  { tenantId, draftId, id }: Pick<DraftComment, 'tenantId' | 'draftId' | 'id'>,
  resolved: Hand | undefined,
): Promise<void> {
  await client.query(
    `update draft_comments set resolved_at = $4, resolved_by = $5, resolved_by_name = $6
      where tenant_id = $1 and draft_id = $2 and id = $3`,
    [tenantId, draftId, id, resolved?.at ?? null, resolved?.by ?? null, resolved?.name ?? null],
  )
}
