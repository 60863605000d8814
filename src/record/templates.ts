// Templates: blueprints of workflows, and which of them a council has approved in advance.

import type { Json, JsonObject } from '../kernel/json.ts'
import type { CopyBlocks } from '../kernel/template/copy-blocks.ts'
import type { Queryable } from './database.ts'
import { jsonText } from './json-text.ts'

/** What an edit may change. */
export interface TemplateText {
  readonly title: string
  readonly description: string
  readonly category: string
  readonly tags: readonly string[]
  /** YAML, and what it says. */
  readonly source: string
  readonly definition: Json
  /** Of the definition, hexadecimal SHA-256. */
  readonly definitionHash: string
  readonly defaultInputs: JsonObject
  readonly requiredFields: readonly string[]
  readonly optionalFields: readonly string[]
  readonly copyBlocks: CopyBlocks
}

export interface NewTemplate extends TemplateText {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  /** The execution that it was made from. */
  readonly originExecutionId: string | null
  readonly createdBy: string
  readonly createdAt: Date
}

export interface Template extends NewTemplate {
  readonly isPreApproved: boolean
  readonly approvedByCouncilId: string | null
  /** The council's name; null when it is gone, too. */
  readonly approvedByCouncil: string | null
  readonly approvalId: string | null
  readonly approvedHash: string | null
  readonly approvedContent: Json
  readonly askedCouncilId: string | null
  readonly workflowId: string | null
  readonly versionId: string | null
  readonly usageCount: number
  readonly lastUsedAt: Date | null
  readonly updatedBy: string
  readonly updatedAt: Date
  readonly revision: number
  readonly deletedAt: Date | null
}

const columns = `t.tenant_id as "tenantId", t.id, t.name, t.title, t.description, t.category, t.tags, t.source, t.definition,
  t.definition_hash as "definitionHash", t.default_inputs as "defaultInputs", t.required_fields as "requiredFields",
  t.optional_fields as "optionalFields", t.approved_copy_blocks as "copyBlocks", t.is_pre_approved as "isPreApproved",
  t.approved_by_council_id as "approvedByCouncilId", t.approval_id as "approvalId", t.approved_hash as "approvedHash",
  t.approved_content as "approvedContent", t.asked_council_id as "askedCouncilId", t.workflow_id as "workflowId",
  t.version_id as "versionId", t.usage_count as "usageCount", t.last_used_at as "lastUsedAt",
  t.origin_execution_id as "originExecutionId", t.created_by as "createdBy", t.created_at as "createdAt",
  t.updated_by as "updatedBy", t.updated_at as "updatedAt", t.revision, t.deleted_at as "deletedAt",
  (select c.name from councils c where c.tenant_id = t.tenant_id and c.id = t.approved_by_council_id) as "approvedByCouncil"`

/** False when the tenant has a template of this name. */
export async function insertTemplate(db: Queryable, given: NewTemplate): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into templates (tenant_id, id, name, title, description, category, tags, source, definition, definition_hash,
        default_inputs, required_fields, optional_fields, approved_copy_blocks, origin_execution_id, created_by, created_at,
        updated_by, updated_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $16, $17)
      on conflict (tenant_id, name) where deleted_at is null do nothing`,
    [given.tenantId, given.id, given.name, ...textOf(given), given.originExecutionId, given.createdBy, given.createdAt],
  )
  return rowCount === 1
}

function textOf(text: TemplateText): unknown[] {
  return [
    text.title,
    text.description,
    text.category,
    text.tags,
    text.source,
    jsonText(text.definition),
    text.definitionHash,
    jsonText(text.defaultInputs),
    text.requiredFields,
    text.optionalFields,
    jsonText({ ...text.copyBlocks }),
  ]
}

export async function findTemplate(db: Queryable, tenantId: string, name: string): Promise<Template | undefined> {
  const { rows } = await db.query<Template>(
    `select ${columns} from templates t where t.tenant_id = $1 and t.name = $2 and t.deleted_at is null`,
    [tenantId, name],
  )
  return rows[0]
}

/** The template as it is, kept so until the transaction ends. */
export async function lockTemplate(db: Queryable, tenantId: string, name: string): Promise<Template | undefined> {
  // Two statements: the second sees what whoever held the lock before has made of it.
  await db.query(
    `select from templates t where t.tenant_id = $1 and t.name = $2 and t.deleted_at is null for update of t`,
    [tenantId, name],
  )
  return findTemplate(db, tenantId, name)
}

/** As `lockTemplate`, by id, and deleted ones as well. */
export async function lockTemplateById(db: Queryable, tenantId: string, id: string): Promise<Template | undefined> {
  await db.query(`select from templates t where t.tenant_id = $1 and t.id = $2 for update of t`, [tenantId, id])
  const { rows } = await db.query<Template>(`select ${columns} from templates t where t.tenant_id = $1 and t.id = $2`, [
    tenantId,
    id,
  ])
  return rows[0]
}

export interface TemplateFilter {
  readonly category?: string | undefined
  readonly tag?: string | undefined
  /** Part of the name, the title, the description or a tag, in any case. */
  readonly search?: string | undefined
  readonly preApproved?: boolean | undefined
  readonly limit: number
  readonly offset: number
}

/** Those that are used most in front, and how many the filter finds. */
export async function pageOfTemplates(
  db: Queryable,
  tenantId: string,
  { category, tag, search, preApproved, limit, offset }: TemplateFilter,
): Promise<{ readonly templates: Template[]; readonly counted: number }> {
  const where = `t.tenant_id = $1 and t.deleted_at is null and ($2::text is null or t.category = $2)
    and ($3::text is null or $3 = any (t.tags)) and ($4::boolean is null or t.is_pre_approved = $4)
    and ($5::text is null or position(lower($5) in lower(concat_ws(' ', t.name, t.title, t.description,
      array_to_string(t.tags, ' ')))) > 0)`
  const values = [tenantId, category ?? null, tag ?? null, preApproved ?? null, search ?? null]
  const { rows: templates } = await db.query<Template>(
    `select ${columns} from templates t where ${where} order by t.usage_count desc, t.name limit $6 offset $7`,
    [...values, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from templates t where ${where}`,
    values,
  )
  return { templates, counted: rows[0]?.count ?? 0 }
}

type TemplateKey = Pick<Template, 'tenantId' | 'id'>

/** Stores an edit of a template that is locked. */
export async function updateTemplate(
  db: Queryable,
  { tenantId, id }: TemplateKey,
  text: TemplateText,
  by: { readonly updatedBy: string; readonly updatedAt: Date },
): Promise<void> {
  await db.query(
    `update templates set title = $3, description = $4, category = $5, tags = $6, source = $7, definition = $8,
        definition_hash = $9, default_inputs = $10, required_fields = $11, optional_fields = $12, approved_copy_blocks = $13,
        updated_by = $14, updated_at = $15, revision = revision + 1
      where tenant_id = $1 and id = $2`,
    [tenantId, id, ...textOf(text), by.updatedBy, by.updatedAt],
  )
}

export interface PreApproval {
  readonly councilId: string
  readonly approvalId: string
  readonly hash: string
  readonly content: Json
  readonly workflowId: string
  readonly versionId: string
}

/** A council's vote has approved what the template is. */
export async function setPreApproval(
  db: Queryable,
  { tenantId, id }: TemplateKey,
  { councilId, approvalId, hash, content, workflowId, versionId }: PreApproval,
): Promise<void> {
  await db.query(
    `update templates set is_pre_approved = true, approved_by_council_id = $3, approval_id = $4, approved_hash = $5,
        approved_content = $6, workflow_id = $7, version_id = $8, asked_council_id = null
      where tenant_id = $1 and id = $2 and deleted_at is null`,
    [tenantId, id, councilId, approvalId, hash, jsonText(content), workflowId, versionId],
  )
}

/** It is not approved any more; what it ran stays named, for what it has run. */
export async function clearPreApproval(db: Queryable, { tenantId, id }: TemplateKey): Promise<void> {
  await db.query(
    `update templates set is_pre_approved = false, approved_by_council_id = null, approval_id = null, approved_hash = null,
        approved_content = null
      where tenant_id = $1 and id = $2`,
    [tenantId, id],
  )
}

/** Null when no council is asked any more. */
export async function setAskedCouncil(
  db: Queryable,
  { tenantId, id }: TemplateKey,
  councilId: string | null,
): Promise<void> {
  await db.query(`update templates set asked_council_id = $3 where tenant_id = $1 and id = $2`, [
    tenantId,
    id,
    councilId,
  ])
}

export async function deleteTemplate(db: Queryable, { tenantId, id }: TemplateKey, at: Date): Promise<void> {
  await db.query(`update templates set deleted_at = $3 where tenant_id = $1 and id = $2`, [tenantId, id, at])
}

/** Brings back the one of this name that was deleted last; undefined when none was. */
export async function restoreTemplate(db: Queryable, tenantId: string, name: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `update templates set deleted_at = null where tenant_id = $1 and id = (
        select t.id from templates t where t.tenant_id = $1 and t.name = $2 and t.deleted_at is not null
        order by t.deleted_at desc, t.id desc limit 1) returning id`,
    [tenantId, name],
  )
  return rows[0]?.id
}

/** Whether instant runs of templates of this name have run this workflow. */
export async function isWorkflowOfTemplate(
  db: Queryable,
  tenantId: string,
  name: string,
  workflowId: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from templates where tenant_id = $1 and name = $2 and workflow_id = $3 limit 1`,
    [tenantId, name, workflowId],
  )
  return (rowCount ?? 0) > 0
}

/** Whether the tenant has, or ever had, a template of this name. */
export async function hasTemplateNamed(db: Queryable, tenantId: string, name: string): Promise<boolean> {
  const { rowCount } = await db.query(`select from templates where tenant_id = $1 and name = $2 limit 1`, [
    tenantId,
    name,
  ])
  return (rowCount ?? 0) > 0
}
