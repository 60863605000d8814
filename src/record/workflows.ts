// Workflows and their versions. A version never changes; an execution keeps the one it started with.

import type { Workflow } from '../kernel/definition/workflow.ts'
import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import { jsonText } from './json-text.ts'

/** `inactive`: nothing starts it. `deleted`: hidden as well; saving one of the same name brings it back. */
export type WorkflowStatus = 'active' | 'inactive' | 'deleted'

export interface NewVersion {
  readonly tenantId: string
  /** Taken when the tenant has no workflow of this name yet. */
  readonly workflowId: string
  /** Taken when the content is new. */
  readonly versionId: string
  /** Of a workflow that is new or was deleted; one that exists keeps its own. */
  readonly status: 'active' | 'inactive'
  readonly definition: Workflow
  readonly source: string
  readonly contentHash: string
  readonly createdBy: string
  readonly createdAt: Date
}

export interface SavedVersion {
  readonly workflowId: string
  readonly versionId: string
  readonly version: number
  readonly status: WorkflowStatus
  /** False when the current version has the same content. */
  readonly isNew: boolean
  /** What was current before; null for a workflow that is new. */
  readonly previous: { readonly version: number; readonly contentHash: string; readonly status: WorkflowStatus } | null
}

/** Adds a version unless the current one has the same content. Holds the workflow's row until the transaction ends. */
export async function insertVersion(client: Queryable, given: NewVersion): Promise<SavedVersion> {
  const { id: workflowId, status, was } = await lockWorkflow(client, given)
  const { rows } = await client.query<{ id: string; version: number; hash: string }>(
    `select id, version, content_hash as hash from workflow_versions
      where tenant_id = $1 and workflow_id = $2 order by version desc limit 1`,
    [given.tenantId, workflowId],
  )
  const [current] = rows
  const previous =
    current === undefined || was === null ? null : { version: current.version, contentHash: current.hash, status: was }
  if (current?.hash === given.contentHash) {
    return { workflowId, versionId: current.id, version: current.version, status, isNew: false, previous }
  }
  const version = (current?.version ?? 0) + 1
  const { tenantId, versionId, source, definition, contentHash, createdBy, createdAt } = given
  await client.query(
    `with version as (
        insert into workflow_versions (tenant_id, id, workflow_id, version, source, definition, content_hash, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      )
      update workflows set current_version = $4 where tenant_id = $1 and id = $3`,
    [tenantId, versionId, workflowId, version, source, jsonText(definition), contentHash, createdBy, createdAt],
  )
  return { workflowId, versionId, version, status, isNew: true, previous }
}

interface LockedWorkflow {
  readonly id: string
  readonly status: WorkflowStatus
  /** Its status before; null when it is new. */
  readonly was: WorkflowStatus | null
}

async function lockWorkflow(client: Queryable, given: NewVersion): Promise<LockedWorkflow> {
  const { rows } = await client.query<LockedWorkflow>(
    `insert into workflows as w (tenant_id, id, name, status, current_version, created_at) values ($1, $2, $3, $4, 1, $5)
      on conflict (tenant_id, name) do update set status = case when w.status = 'deleted' then excluded.status else w.status end
      returning id, status, (select o.status from workflows o where o.tenant_id = w.tenant_id and o.id = w.id) as was`,
    [given.tenantId, given.workflowId, given.definition.name, given.status, given.createdAt],
  )
  const [row] = rows
  if (row === undefined) throw new Error('An insert that updates on conflict returned no row')
  return row
}

export interface WorkflowRow {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly title: string | null
  readonly status: WorkflowStatus
  readonly version: number
  readonly versionId: string
  readonly contentHash: string
  readonly createdAt: Date
}

const columns = `w.tenant_id as "tenantId", w.id, w.name, v.definition ->> 'title' as title, w.status, v.version,
  v.id as "versionId", v.content_hash as "contentHash", w.created_at as "createdAt"`
const current = `workflows w join workflow_versions v
  on v.tenant_id = w.tenant_id and v.workflow_id = w.id and v.version = w.current_version`

/** The workflow of a name with its current version, unless it is deleted. */
export async function findWorkflow(db: Queryable, tenantId: string, name: string): Promise<WorkflowRow | undefined> {
  const [found] = await findWorkflows(db, [{ tenantId, name }])
  return found
}

/** The workflows of some names, in no order; those that do not exist or are deleted are left out. */
export async function findWorkflows(
  db: Queryable,
  names: readonly { readonly tenantId: string; readonly name: string }[],
): Promise<WorkflowRow[]> {
  const { rows } = await db.query<WorkflowRow>({
    name: 'find_workflows',
    text: `select ${columns} from (select distinct * from unnest($1::uuid[], $2::text[]) as n (tenant_id, name)) n
      join ${current} on w.tenant_id = n.tenant_id and w.name = n.name where w.status <> 'deleted'`,
    values: [names.map(({ tenantId }) => tenantId), names.map(({ name }) => name)],
  })
  return rows
}

/** A tenant's workflows by name, without deleted ones. */
export async function listWorkflows(
  db: Queryable,
  tenantId: string,
  filter: { readonly status?: 'active' | 'inactive'; readonly limit: number; readonly offset: number },
): Promise<WorkflowRow[]> {
  const { rows } = await db.query<WorkflowRow>(
    `select ${columns} from ${current}
      where w.tenant_id = $1 and w.status <> 'deleted' and ($2::text is null or w.status = $2)
      order by w.name limit $3 offset $4`,
    [tenantId, filter.status ?? null, filter.limit, filter.offset],
  )
  return rows
}

/**
 * Returns the workflow's id and what its status was; undefined when there is none of this name. Holds its row until the
 * transaction ends.
 */
export async function updateWorkflowStatus(
  client: Queryable,
  tenantId: string,
  name: string,
  status: WorkflowStatus,
): Promise<{ readonly id: string; readonly was: WorkflowStatus } | undefined> {
  const { rows } = await client.query<{ id: string; was: WorkflowStatus }>(
    `with locked as (
        select id, status from workflows where tenant_id = $1 and name = $2 and status <> 'deleted' for update
      )
      update workflows w set status = $3 from locked l where w.tenant_id = $1 and w.id = l.id returning w.id, l.status as was`,
    [tenantId, name, status],
  )
  return rows[0]
}

export interface WorkflowVersion {
  readonly tenantId: string
  readonly id: string
  readonly workflowId: string
  readonly version: number
  readonly source: string
  readonly definition: Json
  readonly contentHash: string
  readonly createdBy: string
  readonly createdAt: Date
}

export async function findVersion(db: Queryable, tenantId: string, id: string): Promise<WorkflowVersion | undefined> {
  const { rows } = await db.query<WorkflowVersion>({
    name: 'find_version',
    text: `select tenant_id as "tenantId", id, workflow_id as "workflowId", version, source, definition,
        content_hash as "contentHash", created_by as "createdBy", created_at as "createdAt"
      from workflow_versions where tenant_id = $1 and id = $2`,
    values: [tenantId, id],
  })
  return rows[0]
}
