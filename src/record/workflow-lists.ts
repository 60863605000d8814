// Lists of workflows, of their versions and of their triggers, as people and programs page through them.

import type { Workflow } from '../kernel/definition/workflow.ts'
import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import type { TriggerKind, TriggerRow } from './triggers.ts'
import type { WorkflowVersion } from './workflows.ts'

export interface Page {
  readonly limit: number
  readonly offset: number
  /** Where counting ends. */
  readonly countTo: number
}

export interface Listed<Row> {
  readonly rows: readonly Row[]
  /** Rows on all pages, counted up to `countTo + 1`. */
  readonly counted: number
}

export interface ListedWorkflow {
  readonly id: string
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly category: string | null
  readonly status: 'active' | 'inactive'
  readonly version: number
  readonly versionId: string
  readonly contentHash: string
  readonly createdAt: Date
  /** When the current version was saved, and by whom. */
  readonly updatedAt: Date
  readonly updatedBy: string
  /** In the order of the definition. */
  readonly triggers: readonly TriggerKind[]
}

export interface WorkflowFilter extends Page {
  readonly status?: 'active' | 'inactive' | undefined
  readonly category?: string | undefined
  /** Part of the name or the title, in any case. */
  readonly search?: string | undefined
  readonly trigger?: TriggerKind | undefined
  readonly sort: WorkflowSort
}

export const workflowSorts = ['name', '-name', 'created_at', '-created_at', 'updated_at', '-updated_at'] as const
export type WorkflowSort = (typeof workflowSorts)[number]

const orders: Readonly<Record<WorkflowSort, string>> = {
  name: 'w.name',
  '-name': 'w.name desc',
  created_at: 'w.created_at, w.name',
  '-created_at': 'w.created_at desc, w.name',
  updated_at: 'v.created_at, w.name',
  '-updated_at': 'v.created_at desc, w.name',
}

const current = `workflows w join workflow_versions v
  on v.tenant_id = w.tenant_id and v.workflow_id = w.id and v.version = w.current_version`

const workflowColumns = `w.id, w.name, v.definition ->> 'title' as title, v.definition ->> 'description' as description,
  v.definition ->> 'category' as category, w.status, v.version, v.id as "versionId", v.content_hash as "contentHash",
  w.created_at as "createdAt", v.created_at as "updatedAt", v.created_by as "updatedBy",
  array(select t.kind from triggers t where t.tenant_id = w.tenant_id and t.workflow_id = w.id order by t.position) as triggers`

/** The text of a pattern that finds a part as it is written. */
function patternOf(part: string | undefined): string | null {
  return part === undefined ? null : `%${part.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
}

/** Without deleted ones. */
export async function pageOfWorkflows(
  db: Queryable,
  tenantId: string,
  filter: WorkflowFilter,
): Promise<Listed<ListedWorkflow>> {
  const { status, category, search, trigger, sort, limit, offset, countTo } = filter
  const where = `w.tenant_id = $1 and w.status <> 'deleted' and ($2::text is null or w.status = $2)
    and ($3::text is null or v.definition ->> 'category' = $3)
    and ($4::text is null or w.name ilike $4 or v.definition ->> 'title' ilike $4)
    and ($5::text is null or exists (select from triggers t where t.tenant_id = w.tenant_id and t.workflow_id = w.id and t.kind = $5))`
  const values = [tenantId, status ?? null, category ?? null, patternOf(search), trigger ?? null]
  return listed<ListedWorkflow>(db, {
    count: `select 1 from ${current} where ${where}`,
    page: `select ${workflowColumns} from ${current} where ${where} order by ${orders[sort]} limit $6 offset $7`,
    values,
    limit,
    offset,
    countTo,
  })
}

interface ListQueries extends Page {
  readonly count: string
  /** With `limit` and `offset` as the two parameters after `values`. */
  readonly page: string
  readonly values: readonly unknown[]
}

/** An empty page, or one that is full, does not say how many there are; any other does. */
async function listed<Row extends object>(db: Queryable, queries: ListQueries): Promise<Listed<Row>> {
  const { count, page, values, limit, offset, countTo } = queries
  const { rows } = await db.query<Row>(page, [...values, limit, offset])
  if (rows.length > 0 && rows.length < limit) return { rows, counted: offset + rows.length }
  const { rows: counts } = await db.query<{ counted: number }>(
    `select count(*)::integer as counted from (${count} limit $${values.length + 1}) n`,
    [...values, countTo + 1],
  )
  return { rows, counted: counts[0]?.counted ?? 0 }
}

export interface WorkflowDetail extends ListedWorkflow {
  readonly source: string
  readonly definition: Json
}

/** The workflow of a name, unless it is deleted. */
export async function findWorkflowDetail(
  db: Queryable,
  tenantId: string,
  name: string,
): Promise<WorkflowDetail | undefined> {
  const { rows } = await db.query<WorkflowDetail>({
    name: 'find_workflow_detail',
    text: `select ${workflowColumns}, v.source, v.definition from ${current}
      where w.tenant_id = $1 and w.name = $2 and w.status <> 'deleted'`,
    values: [tenantId, name],
  })
  return rows[0]
}

export interface LockedWorkflow {
  readonly id: string
  readonly status: 'active' | 'inactive' | 'deleted'
  readonly version: number
  readonly contentHash: string
}

/** The workflow of a name with its current version, deleted or not; nobody else changes it until the transaction ends. */
export async function lockWorkflowByName(
  client: Queryable,
  tenantId: string,
  name: string,
): Promise<LockedWorkflow | undefined> {
  // Two statements: the second sees the version that whoever held the lock before has made current.
  await client.query(`select from workflows w where w.tenant_id = $1 and w.name = $2 for update`, [tenantId, name])
  const { rows } = await client.query<LockedWorkflow>(
    `select w.id, w.status, v.version, v.content_hash as "contentHash" from ${current} where w.tenant_id = $1 and w.name = $2`,
    [tenantId, name],
  )
  return rows[0]
}

/** The newest first, without source and definition. */
export async function pageOfVersions(
  db: Queryable,
  tenantId: string,
  workflowId: string,
  page: Page,
): Promise<Listed<Omit<WorkflowVersion, 'source' | 'definition'>>> {
  const from = `from workflow_versions v where v.tenant_id = $1 and v.workflow_id = $2`
  return listed(db, {
    count: `select 1 ${from}`,
    page: `select v.tenant_id as "tenantId", v.id, v.workflow_id as "workflowId", v.version, v.content_hash as "contentHash",
      v.created_by as "createdBy", v.created_at as "createdAt" ${from} order by v.version desc limit $3 offset $4`,
    values: [tenantId, workflowId],
    ...page,
  })
}

/** Some versions of a workflow by their number, in no order. */
export async function findVersions(
  db: Queryable,
  tenantId: string,
  name: string,
  versions: readonly number[],
): Promise<WorkflowVersion[]> {
  const { rows } = await db.query<WorkflowVersion>(
    `select v.tenant_id as "tenantId", v.id, v.workflow_id as "workflowId", v.version, v.source, v.definition,
        v.content_hash as "contentHash", v.created_by as "createdBy", v.created_at as "createdAt"
      from workflow_versions v join workflows w on w.tenant_id = v.tenant_id and w.id = v.workflow_id
      where v.tenant_id = $1 and w.name = $2 and w.status <> 'deleted' and v.version = any ($3::integer[])`,
    [tenantId, name, versions],
  )
  return rows
}

/** Every workflow's name; the inputs only of those whose name stands in the source. */
export async function listWorkflowInputs(
  db: Queryable,
  tenantId: string,
  source: string,
): Promise<{ readonly name: string; readonly inputs: Workflow['inputs'] | null }[]> {
  const { rows } = await db.query<{ name: string; inputs: Workflow['inputs'] | null }>(
    `select w.name, case when strpos($2, w.name) > 0 then v.definition -> 'inputs' end as inputs
      from ${current} where w.tenant_id = $1 and w.status <> 'deleted'`,
    [tenantId, source],
  )
  return rows
}

/** The current definitions of some workflows. */
export async function findDefinitions(
  db: Queryable,
  tenantId: string,
  names: readonly string[],
): Promise<{ readonly name: string; readonly definition: Json }[]> {
  const { rows } = await db.query<{ name: string; definition: Json }>(
    `select w.name, v.definition from ${current}
      where w.tenant_id = $1 and w.status <> 'deleted' and w.name = any ($2::text[])`,
    [tenantId, names],
  )
  return rows
}

/** The names of the active workflows that use any of these actions. */
export async function findWorkflowsUsing(
  db: Queryable,
  tenantId: string,
  actions: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select w.name from ${current} where w.tenant_id = $1 and w.status = 'active' and exists (
        select from json_array_elements(v.definition -> 'steps') s
        where s ->> 'action' = any ($2::text[]) or s -> 'compensate' ->> 'action' = any ($2::text[]))
      order by w.name`,
    [tenantId, actions],
  )
  return rows.map(({ name }) => name)
}

export type ListedTrigger = Omit<TriggerRow, 'tokenHash'> & { readonly workflow: string }

export interface TriggerFilter extends Page {
  readonly kind?: TriggerKind | undefined
  readonly workflow?: string | undefined
  readonly enabled?: boolean | undefined
}

const triggerColumns = `t.tenant_id as "tenantId", t.id, t.workflow_id as "workflowId", t.position, t.kind, t.definition, t.subject,
  t.enabled, t.next_fire_at as "nextFireAt", t.last_fire_at as "lastFireAt", w.name as workflow`
const triggersWithWorkflow = `triggers t join workflows w on w.tenant_id = t.tenant_id and w.id = t.workflow_id`

/** By workflow and position. A webhook's token is not among what is read. */
export async function pageOfTriggers(
  db: Queryable,
  tenantId: string,
  { kind, workflow, enabled, ...page }: TriggerFilter,
): Promise<Listed<ListedTrigger>> {
  const from = `from ${triggersWithWorkflow} where t.tenant_id = $1 and ($2::text is null or t.kind = $2)
    and ($3::text is null or w.name = $3) and ($4::boolean is null or t.enabled = $4)`
  return listed<ListedTrigger>(db, {
    count: `select 1 ${from}`,
    page: `select ${triggerColumns} ${from} order by w.name, t.position limit $5 offset $6`,
    values: [tenantId, kind ?? null, workflow ?? null, enabled ?? null],
    ...page,
  })
}

export async function findTrigger(db: Queryable, tenantId: string, id: string): Promise<ListedTrigger | undefined> {
  const { rows } = await db.query<ListedTrigger>(
    `select ${triggerColumns} from ${triggersWithWorkflow} where t.tenant_id = $1 and t.id = $2`,
    [tenantId, id],
  )
  return rows[0]
}
