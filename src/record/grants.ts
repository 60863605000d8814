// Grants: what approvals have countersigned, and what effects of class C are held against.

import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import { jsonText } from './json-text.ts'

export const grantKinds = ['activation', 'draft', 'run', 'template'] as const
/** `activation`: every execution of the version. `run`: one execution. `draft` and `template`: as they say. */
export type GrantKind = (typeof grantKinds)[number]

export interface NewGrant {
  readonly tenantId: string
  readonly id: string
  readonly kind: GrantKind
  readonly workflowId: string
  readonly versionId: string
  /** Every execution of the version when absent. */
  readonly executionId?: string | undefined
  readonly templateId?: string | undefined
  readonly acts: readonly string[]
  /** Of the closure. */
  readonly contentHash: string
  readonly content: Json
  readonly approvalId: string | null
  readonly createdAt: Date
  readonly expiresAt?: Date | null | undefined
}

export async function insertGrant(client: Queryable, grant: NewGrant): Promise<void> {
  await client.query(
    `insert into grants (tenant_id, id, kind, workflow_id, version_id, execution_id, template_id, acts, content_hash, content,
        approval_id, created_at, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      grant.tenantId,
      grant.id,
      grant.kind,
      grant.workflowId,
      grant.versionId,
      grant.executionId ?? null,
      grant.templateId ?? null,
      grant.acts,
      grant.contentHash,
      jsonText(grant.content),
      grant.approvalId,
      grant.createdAt,
      grant.expiresAt ?? null,
    ],
  )
}

/** Which grants: those of a template, of a version, or that one approval gave. */
export type GrantsOf =
  | { readonly templateId: string }
  | { readonly versionId: string }
  | { readonly approvalId: string }

export interface RevokedGrant {
  readonly id: string
  readonly kind: GrantKind
  readonly versionId: string
  readonly approvalId: string | null
}

/** From this moment on nothing that they countersigned leaves any more. Returns those that were valid until now. */
export async function revokeGrants(
  client: Queryable,
  tenantId: string,
  of: GrantsOf,
  reason: string,
  at: Date,
): Promise<RevokedGrant[]> {
  const [column, id] =
    'templateId' in of
      ? ['template_id', of.templateId]
      : 'versionId' in of
        ? ['version_id', of.versionId]
        : ['approval_id', of.approvalId]
  const { rows } = await client.query<RevokedGrant>(
    `update grants set revoked_at = $3, revoked_reason = $4 where tenant_id = $1 and ${column} = $2 and revoked_at is null
      returning id, kind, version_id as "versionId", approval_id as "approvalId"`,
    [tenantId, id, at, reason],
  )
  return rows
}

/** A workflow that another one starts, as it is now. */
export interface Child {
  readonly name: string
  readonly version: number
  readonly versionId: string
  readonly contentHash: string
}

/** Looked up by their keys: without the limits the planner might read all workflows and versions that there are. */
function currentOf(name: string): string {
  return `cross join lateral (
      select w.id, w.name, w.current_version from workflows w
        where w.tenant_id = $1 and w.name = ${name} and w.status <> 'deleted' limit 1
    ) w cross join lateral (
      select w.name, v.version, v.id as version_id, v.content_hash from workflow_versions v
        where v.tenant_id = $1 and v.workflow_id = w.id and v.version = w.current_version limit 1
    ) c`
}

/**
 * The current versions of the named workflows and of all that those start, however deep; deleted ones are left out.
 * `$1` is the tenant, `$2` the names. A circle ends by itself: each row comes once.
 */
const below = `below as (
    select c.* from unnest($2::text[]) n (name) ${currentOf('n.name')}
    union
    select c.* from below b
      cross join lateral (select p.definition from workflow_versions p where p.tenant_id = $1 and p.id = b.version_id limit 1) parent
      cross join lateral (
        select s -> 'config' ->> 'workflow' as name from json_array_elements(parent.definition -> 'steps') s
          where s ->> 'action' = 'workflow.run'
        union all
        select s -> 'compensate' -> 'config' ->> 'workflow' from json_array_elements(parent.definition -> 'steps') s
          where s -> 'compensate' ->> 'action' = 'workflow.run'
      ) started
      ${currentOf('started.name')}
  )`
const childColumns = `b.name, b.version, b.version_id as "versionId", b.content_hash as "contentHash"`

/** All workflows that those of these names are or start, by name. */
export async function findChildren(client: Queryable, tenantId: string, names: readonly string[]): Promise<Child[]> {
  if (names.length === 0) return []
  const { rows } = await client.query<Child>({
    name: 'find_children',
    text: `with recursive ${below} select ${childColumns} from below b order by b.name`,
    values: [tenantId, names],
  })
  return rows
}

/** What runs, and asks to. */
export interface GateQuestion {
  readonly tenantId: string
  readonly versionId: string
  readonly executionId: string
  /** The names of the workflows that the version starts itself. */
  readonly children: readonly string[]
  readonly now: Date
}

export interface ValidGrant {
  readonly kind: GrantKind
  readonly acts: readonly string[]
  readonly contentHash: string
}

export interface GateFacts {
  /** Of the tenant's policy, as it is stored; null is the default. */
  readonly governance: Json
  readonly children: readonly Child[]
  /** Those that are neither revoked nor expired, of the version or the execution. */
  readonly grants: readonly ValidGrant[]
}

/** All that the gate has to know, as it is now, with one statement. */
export async function readGate(db: Queryable, question: GateQuestion): Promise<GateFacts> {
  const { tenantId, versionId, executionId, children, now } = question
  const { rows } = await db.query<GateFacts>({
    name: 'read_gate',
    text: `with recursive ${below}
      select (select p.governance from policies p where p.tenant_id = $1) as governance,
        coalesce((select json_agg(json_build_object('name', b.name, 'version', b.version, 'versionId', b.version_id,
          'contentHash', b.content_hash) order by b.name) from below b), '[]') as children,
        coalesce((select json_agg(json_build_object('kind', g.kind, 'acts', g.acts, 'contentHash', g.content_hash)) from (
            select g.* from grants g where g.tenant_id = $1 and g.version_id = $3 and g.execution_id is null and g.revoked_at is null
            union all
            select g.* from grants g where g.tenant_id = $1 and g.version_id = $3 and g.execution_id = $4 and g.revoked_at is null
          ) g where g.expires_at is null or g.expires_at > $5), '[]') as grants`,
    values: [tenantId, children, versionId, executionId, now],
  })
  const [facts] = rows
  if (facts === undefined) throw new Error('A select without a from returned no row')
  return facts
}

export interface PastGrant extends ValidGrant {
  readonly versionId: string
  readonly version: number
  readonly executionId: string | null
  readonly content: Json
  readonly approvalId: string | null
  readonly approval: string | null
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly revokedReason: string | null
}

/** What was countersigned of a workflow, the latest first: for the sentence that says why nothing of it counts any more. */
export async function listPastGrants(
  db: Queryable,
  tenantId: string,
  workflowId: string,
  executionId: string,
): Promise<PastGrant[]> {
  const { rows } = await db.query<PastGrant>(
    `select g.kind, g.acts, g.content_hash as "contentHash", g.version_id as "versionId", v.version,
        g.execution_id as "executionId", g.content, g.approval_id as "approvalId", a.summary as approval,
        g.created_at as "createdAt", g.expires_at as "expiresAt", g.revoked_at as "revokedAt", g.revoked_reason as "revokedReason"
      from (
          (select g.* from grants g where g.tenant_id = $1 and g.workflow_id = $2 and g.execution_id is null order by g.id desc limit 10)
          union all
          (select g.* from grants g where g.tenant_id = $1 and g.execution_id = $3 order by g.id desc limit 10)
        ) g join workflow_versions v on v.tenant_id = $1 and v.id = g.version_id
        left join approvals a on a.tenant_id = $1 and a.id = g.approval_id
      order by g.id desc limit 10`,
    [tenantId, workflowId, executionId],
  )
  return rows
}

export interface HeldRun {
  readonly status: string
  readonly contentHash: string
  readonly content: Json
}

/** The decision on an effect that a policy held. */
export async function findHeldRun(db: Queryable, tenantId: string, id: string): Promise<HeldRun | undefined> {
  const { rows } = await db.query<HeldRun>(
    `select status, content_hash as "contentHash", content from approvals where tenant_id = $1 and id = $2 and kind = 'run'`,
    [tenantId, id],
  )
  return rows[0]
}

/** Whether exactly this effect of an execution has been approved. */
export async function hasApprovedRun(
  db: Queryable,
  effect: {
    readonly tenantId: string
    readonly executionId: string
    readonly step: string
    readonly item: number | undefined
    readonly contentHash: string
  },
): Promise<boolean> {
  const { tenantId, executionId, step, item, contentHash } = effect
  const { rowCount } = await db.query(
    `select from approvals where tenant_id = $1 and execution_id = $2 and kind = 'run' and status = 'approved' and step = $3
      and item is not distinct from $4::integer and content_hash = $5 limit 1`,
    [tenantId, executionId, step, item ?? null, contentHash],
  )
  return rowCount === 1
}
