// Lists of drafts as those who see them page through them, and the votes on one.

import type { DraftStatus } from '../kernel/draft/moves.ts'
import type { Queryable } from './database.ts'
import { approvalAsks, type Draft, draftAsks, draftColumns } from './drafts.ts'

/** Who looks. */
export interface DraftViewer {
  /** As `referenceTo` names them. */
  readonly reference: string
  /** Null for who is no member. */
  readonly memberId: string | null
  /** Owners, admins, and who sits at the machine. */
  readonly seesAll: boolean
}

export interface DraftFilter {
  readonly status?: DraftStatus | undefined
  /** Those that the viewer created, or that wait for the viewer's vote. */
  readonly mine?: 'created' | 'to_review' | undefined
  /** The name of the council that reviews it. */
  readonly council?: string | undefined
  /** Part of the name, of the purpose or of the workflow's name, in any case. */
  readonly search?: string | undefined
  readonly templateId?: string | undefined
  readonly limit: number
  readonly offset: number
}

export type ListedDraft = Omit<Draft, 'source' | 'inputs' | 'previewData' | 'approvedContent'>

/** SQL that is true of a draft that somebody sees. `$2` is their reference, `$3` their member id, `$4` whether they see all. */
const seen = `($4::boolean or d.created_by = $2
  or (d.status = 'pending_review' and ${draftAsks('d', '$3::uuid', '$5::timestamptz')}))`

/**
 * SQL that is true of an approval about a draft that somebody sees: who created the draft, who governs, and whom it asks, who read
 * what became of it afterwards too. `alias` is the approval's.
 */
export const seesDraftOf = (
  alias: string,
  given: { readonly reference: string; readonly member: string; readonly seesAll: string; readonly now: string },
): string => `(${given.seesAll}::boolean
    or exists (select from drafts d where d.tenant_id = $1 and d.id = ${alias}.subject_id and d.created_by = ${given.reference})
    or ${approvalAsks(alias, `${given.member}::uuid`, `${given.now}::timestamptz`)})`

const wanted = `d.tenant_id = $1 and ${seen}
  and ($6::text is null or d.created_by = $2 and $6 = 'created'
    or $6 = 'to_review' and d.status = 'pending_review' and ${draftAsks('d', '$3::uuid', '$5::timestamptz')})
  and ($7::text is null or coalesce((select c.name from councils c
    where c.tenant_id = $1 and c.id = d.assigned_council_id), d.council) = $7)
  and ($8::text is null or d.name ilike $8 or d.purpose ilike $8 or d.workflow_type_id ilike $8)
  and ($9::uuid is null or d.created_from_template_id = $9)`

export interface DraftPage {
  readonly drafts: readonly ListedDraft[]
  /** What the other filters leave, by status. */
  readonly totals: Readonly<Partial<Record<DraftStatus, number>>>
}

/** The newest first. */
export async function pageOfDrafts(
  db: Queryable,
  tenantId: string,
  viewer: DraftViewer & { readonly now: Date },
  filter: DraftFilter,
): Promise<DraftPage> {
  const { status = null, mine = null, council = null, search, templateId = null, limit, offset } = filter
  const pattern = search === undefined ? null : `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  const { reference, memberId, seesAll, now } = viewer
  const values = [tenantId, reference, memberId, seesAll, now, mine, council, pattern, templateId]
  const { rows: drafts } = await db.query<ListedDraft>(
    `select ${draftColumns} from drafts d where ${wanted} and ($10::text is null or d.status = $10)
      order by d.id desc limit $11 offset $12`,
    [...values, status, limit, offset],
  )
  const { rows } = await db.query<{ status: DraftStatus; count: number }>(
    `select d.status, count(*)::integer as count from drafts d where ${wanted} group by d.status`,
    values,
  )
  return { drafts, totals: Object.fromEntries(rows.map((row) => [row.status, row.count])) }
}

export interface DraftReview {
  readonly approvalId: string
  readonly status: string
  readonly memberId: string
  readonly name: string
  readonly email: string
  readonly onBehalfOf: string | null
  readonly vote: 'approve' | 'reject'
  readonly reason: string | null
  readonly createdAt: Date
}

/** The votes on a draft over all its submissions, in the order in which they were cast. */
export async function listReviews(db: Queryable, tenantId: string, draftId: string): Promise<DraftReview[]> {
  const { rows } = await db.query<DraftReview>(
    `select a.id as "approvalId", a.status, v.member_id as "memberId", m.name, m.email, v.on_behalf_of as "onBehalfOf", v.vote,
        v.reason, v.created_at as "createdAt"
      from approvals a
      join approval_votes v on v.tenant_id = a.tenant_id and v.approval_id = a.id
      join members m on m.tenant_id = v.tenant_id and m.id = v.member_id
      where a.tenant_id = $1 and a.kind = 'draft' and a.subject_id = $2 order by v.created_at, a.id, v.ordinal`,
    [tenantId, draftId],
  )
  return rows
}

/** How many comments a draft has, and how many of them are open questions. */
export async function countComments(
  db: Queryable,
  tenantId: string,
  draftId: string,
): Promise<{ readonly all: number; readonly open: number }> {
  const { rows } = await db.query<{ all: number; open: number }>(
    `select count(*)::integer as "all", count(*) filter (where reply_to is null and resolved_at is null)::integer as open
      from draft_comments where tenant_id = $1 and draft_id = $2`,
    [tenantId, draftId],
  )
  return rows[0] ?? { all: 0, open: 0 }
}

export interface DraftTemplate {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly isPreApproved: boolean
}

/** The template that a draft was made from, also where it was deleted since. */
export async function findDraftTemplate(
  db: Queryable,
  tenantId: string,
  id: string,
): Promise<DraftTemplate | undefined> {
  const { rows } = await db.query<DraftTemplate>(
    `select id, name, title, is_pre_approved as "isPreApproved" from templates where tenant_id = $1 and id = $2`,
    [tenantId, id],
  )
  return rows[0]
}

/** The first ids between two, as a person types the beginning of one. */
export async function findDraftIds(
  db: Queryable,
  tenantId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from drafts where tenant_id = $1 and id between $2 and $3 order by id limit 2`,
    [tenantId, from, to],
  )
  return rows.map(({ id }) => id)
}
