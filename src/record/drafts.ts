// Drafts: what is proposed, and each move of its life as one guarded statement.

import type { Json, JsonObject } from '../kernel/json.ts'
import type { DraftContent } from '../kernel/draft/difference.ts'
import type { DraftStatus } from '../kernel/draft/moves.ts'
import type { Queryable } from './database.ts'
import { columnText, jsonText } from './json-text.ts'
import { asks } from './members.ts'

/** Who did something, as `referenceTo` says it, and under which name. */
export interface Hand {
  readonly by: string
  readonly name: string
  readonly at: Date
}

/** What is worked out of the content: the name and the category of the workflow, as far as they can be read. */
export interface DraftType {
  readonly workflowTypeId: string | null
  readonly category: string | null
}

export interface DraftOrigin {
  readonly templateId?: string | undefined
  readonly proposalId?: string | undefined
  /** The recurring draft that made it, and the planned time. */
  readonly occurrence?: { readonly of: string; readonly at: Date } | undefined
}

export interface NewDraft extends DraftContent, DraftType, DraftOrigin {
  readonly tenantId: string
  readonly id: string
  readonly created: Hand
}

export interface Draft extends DraftContent, DraftType {
  readonly tenantId: string
  readonly id: string
  readonly status: DraftStatus
  readonly revision: number
  readonly assignedCouncilId: string | null
  readonly assignedCouncil: string | null
  readonly previewData: Json
  readonly createdBy: string
  readonly createdByName: string
  readonly createdAt: Date
  readonly editedBy: string
  readonly editedByName: string
  readonly editedAt: Date
  readonly submittedBy: string | null
  readonly submittedAt: Date | null
  readonly approvalId: string | null
  readonly approvedHash: string | null
  readonly approvedContent: Json
  readonly approvedAt: Date | null
  readonly templateId: string | null
  readonly proposalId: string | null
  readonly occurrenceOf: string | null
  readonly occursAt: Date | null
  readonly nextAt: Date | null
  readonly convertedWorkflowId: string | null
  readonly convertedVersionId: string | null
  readonly convertedExecutionId: string | null
  readonly convertedBy: string | null
  readonly convertedAt: Date | null
}

export const draftColumns = `d.tenant_id as "tenantId", d.id, d.status, d.revision, d.name, d.purpose, d.source, d.workflow,
  d.workflow_type_id as "workflowTypeId", d.category, d.inputs, d.schedule, d.council,
  d.assigned_council_id as "assignedCouncilId",
  (select c.name from councils c where c.tenant_id = d.tenant_id and c.id = d.assigned_council_id) as "assignedCouncil",
  d.preview_data as "previewData", d.created_by as "createdBy", d.created_by_name as "createdByName",
  d.created_at as "createdAt", d.edited_by as "editedBy", d.edited_by_name as "editedByName", d.edited_at as "editedAt",
  d.submitted_by as "submittedBy", d.submitted_at as "submittedAt", d.approval_id as "approvalId",
  d.approved_hash as "approvedHash", d.approved_content as "approvedContent", d.approved_at as "approvedAt",
  d.created_from_template_id as "templateId", d.created_from_proposal_id as "proposalId",
  d.occurrence_of as "occurrenceOf", d.occurs_at as "occursAt", d.next_at as "nextAt",
  d.converted_to_workflow_id as "convertedWorkflowId", d.converted_version_id as "convertedVersionId",
  d.converted_execution_id as "convertedExecutionId", d.converted_by as "convertedBy", d.converted_at as "convertedAt"`

/**
 * SQL that is true of a draft whose pending approval asks a member of $1 at a moment: by itself, by delegation, or while somebody
 * whom it asks is away. `alias` is the draft's.
 */
export const draftAsks = (alias: string, member: string, now: string): string => `exists (
    select from approvals a where a.tenant_id = $1 and a.id = ${alias}.approval_id and a.status = 'pending'
      and ${approvalAsks('a', member, now)})`

/** The same of an approval, whether it is pending or not. `alias` is the approval's. */
export const approvalAsks = (alias: string, member: string, now: string): string => `(
    ${asks(`${alias}.approvers`, member)}
    or exists (select from approval_delegations g
      where g.tenant_id = $1 and g.approval_id = ${alias}.id and g.delegate_id = ${member})
    or exists (select from absences x where x.tenant_id = $1 and x.delegate_id = ${member}
      and x.starts_at <= ${now} and x.ends_at > ${now} and ${asks(`${alias}.approvers`, 'x.member_id')}))`

/** False when the planned time of an occurrence has made one before. */
export async function insertDraft(client: Queryable, draft: NewDraft): Promise<boolean> {
  const { created, occurrence } = draft
  const { rowCount } = await client.query(
    `insert into drafts (tenant_id, id, status, name, purpose, source, workflow, workflow_type_id, category, inputs, schedule,
        council, created_by, created_by_name, created_at, edited_by, edited_by_name, edited_at, created_from_template_id,
        created_from_proposal_id, occurrence_of, occurs_at)
      values ($1, $2, 'editing', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $12, $13, $14, $15, $16, $17, $18)
      on conflict (tenant_id, occurrence_of, occurs_at) where occurrence_of is not null do nothing`,
    [
      draft.tenantId,
      draft.id,
      ...contentValues(draft),
      created.by,
      columnText(created.name),
      created.at,
      draft.templateId ?? null,
      draft.proposalId ?? null,
      occurrence?.of ?? null,
      occurrence?.at ?? null,
    ],
  )
  return rowCount === 1
}

function contentValues(draft: DraftContent & DraftType): unknown[] {
  const { name, purpose, source, workflow, workflowTypeId, category, inputs, schedule, council } = draft
  const text = (value: string | null) => (value === null ? null : columnText(value))
  return [
    columnText(name),
    text(purpose),
    text(source),
    text(workflow),
    text(workflowTypeId),
    text(category),
    jsonText(inputs),
    schedule === null ? null : jsonText(schedule),
    council,
  ]
}

export type SeenDraft = Draft & {
  /** Whether its pending approval asks whoever looks. */
  readonly isAsked: boolean
}

/** A draft as a member, or nobody, sees it. */
export async function findDraft(
  db: Queryable,
  tenantId: string,
  id: string,
  viewer: { readonly memberId: string | null; readonly now: Date },
): Promise<SeenDraft | undefined> {
  const { rows } = await db.query<SeenDraft>({
    name: 'find_draft',
    text: `select ${draftColumns}, ${draftAsks('d', '$3::uuid', '$4::timestamptz')} as "isAsked"
      from drafts d where d.tenant_id = $1 and d.id = $2`,
    values: [tenantId, id, viewer.memberId, viewer.now],
  })
  return rows[0]
}

/** Nobody else moves it until the transaction ends. */
export async function lockDraft(client: Queryable, tenantId: string, id: string): Promise<void> {
  await client.query(`select from drafts where tenant_id = $1 and id = $2 for update`, [tenantId, id])
}

type Key = Pick<Draft, 'tenantId' | 'id'>

/** Stores a content as the next revision; `edited` is whose it is. */
export async function storeRevision(
  client: Queryable,
  { tenantId, id }: Key,
  content: DraftContent & DraftType,
  edited: Hand,
): Promise<void> {
  await client.query(
    `update drafts set name = $3, purpose = $4, source = $5, workflow = $6, workflow_type_id = $7, category = $8, inputs = $9,
        schedule = $10, council = $11, edited_by = $12, edited_by_name = $13, edited_at = $14, revision = revision + 1,
        preview_data = null
      where tenant_id = $1 and id = $2 and status in ('editing', 'pending_review')`,
    [tenantId, id, ...contentValues(content), edited.by, columnText(edited.name), edited.at],
  )
}

export async function submitDraft(
  client: Queryable,
  { tenantId, id }: Key,
  submission: { readonly submitted: Hand; readonly approvalId: string; readonly councilId: string | null },
): Promise<void> {
  const { submitted, approvalId, councilId } = submission
  await client.query(
    `update drafts set status = 'pending_review', submitted_by = $3, submitted_at = $4, approval_id = $5,
        assigned_council_id = $6 where tenant_id = $1 and id = $2 and status = 'editing'`,
    [tenantId, id, submitted.by, submitted.at, approvalId, councilId],
  )
}

export interface Approved {
  readonly hash: string
  readonly content: Json
  readonly at: Date
  /** When the keeper looks at it next. */
  readonly nextAt: Date | null
  /** Who submitted what nobody has to review. */
  readonly submitted?: Hand
}

export async function approveDraft(client: Queryable, { tenantId, id }: Key, approved: Approved): Promise<void> {
  const { hash, content, at, nextAt, submitted } = approved
  await client.query(
    `update drafts set status = 'approved', approved_hash = $3, approved_content = $4, approved_at = $5, next_at = $6,
        submitted_by = coalesce($7, submitted_by), submitted_at = coalesce($8, submitted_at),
        approval_id = case when status = 'editing' then null else approval_id end
      where tenant_id = $1 and id = $2 and status in ('editing', 'pending_review')`,
    [tenantId, id, hash, jsonText(content), at, nextAt, submitted?.by ?? null, submitted?.at ?? null],
  )
}

/** What was approved before is not what will be: it is forgotten. */
export async function sendBack(
  client: Queryable,
  { tenantId, id }: Key,
  status: 'editing' | 'rejected' | 'discarded',
): Promise<void> {
  await client.query(
    `update drafts set status = $3, next_at = null, approved_hash = null, approved_content = null, approved_at = null
      where tenant_id = $1 and id = $2 and status not in ('converted', 'discarded')`,
    [tenantId, id, status],
  )
}

/** To be changed and submitted anew: what people see next is another revision. */
export async function reopenDraft(client: Queryable, { tenantId, id }: Key): Promise<void> {
  await client.query(
    `update drafts set status = 'editing', revision = revision + 1, next_at = null, approved_hash = null,
        approved_content = null, approved_at = null
      where tenant_id = $1 and id = $2 and status in ('rejected', 'approved')`,
    [tenantId, id],
  )
}

/** When the keeper looks at an approved draft next; null when it does not. */
export async function setNextTime(client: Queryable, { tenantId, id }: Key, nextAt: Date | null): Promise<void> {
  await client.query(`update drafts set next_at = $3 where tenant_id = $1 and id = $2 and status = 'approved'`, [
    tenantId,
    id,
    nextAt,
  ])
}

export interface Conversion {
  readonly workflowId: string
  readonly versionId: string
  readonly executionId: string | null
  readonly by: string
  readonly at: Date
}

export async function convertDraft(client: Queryable, { tenantId, id }: Key, conversion: Conversion): Promise<void> {
  const { workflowId, versionId, executionId, by, at } = conversion
  await client.query(
    `update drafts set status = 'converted', next_at = null, converted_to_workflow_id = $3, converted_version_id = $4,
        converted_execution_id = $5, converted_by = $6, converted_at = $7
      where tenant_id = $1 and id = $2 and status in ('approved', 'editing')`,
    [tenantId, id, workflowId, versionId, executionId, by, at],
  )
}

export async function storePreview(
  client: Queryable,
  { tenantId, id }: Key,
  revision: number,
  preview: JsonObject,
): Promise<void> {
  await client.query(`update drafts set preview_data = $4 where tenant_id = $1 and id = $2 and revision = $3`, [
    tenantId,
    id,
    revision,
    jsonText(preview),
  ])
}
