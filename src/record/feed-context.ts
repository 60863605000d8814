// What belongs to entries of the feed: the workflows of executions, and what the audit holds of a tenant.

import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'

/** The names of the workflows of executions, by the executions' ids. */
export async function readWorkflowNames(db: Queryable, keys: readonly ExecutionKey[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; name: string }>({
    name: 'read_workflow_names',
    text: `select e.id, w.name from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, id)
      join executions e on e.tenant_id = k.tenant_id and e.id = k.id
      join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id`,
    values: [keys.map((key) => key.tenantId), keys.map((key) => key.executionId)],
  })
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** Those of the ids that are executions of the tenant. */
export async function knownExecutions(db: Queryable, tenantId: string, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>('select id from executions where tenant_id = $1 and id = any ($2)', [
    tenantId,
    ids,
  ])
  return new Set(rows.map(({ id }) => id))
}

/** An entry of the audit, as far as listeners are told. */
export interface AuditNews {
  readonly tenantId: string
  /** Without gaps in the tenant, in the order of commits. */
  readonly seq: number
  readonly action: string
  /** Epoch ms. */
  readonly at: number
  readonly object: { readonly type: string; readonly id: string; readonly name: string | null }
  readonly actor: { readonly kind: string; readonly id: string | null; readonly name: string }
}

/** How far each tenant's audit has come. */
export async function auditHeads(db: Queryable, tenantIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await db.query<{ tenantId: string; seq: number }>({
    name: 'audit_heads',
    text: `select tenant_id as "tenantId", seq::float8 from audit_heads where tenant_id = any ($1)`,
    values: [tenantIds],
  })
  return new Map(tenantIds.map((id) => [id, rows.find(({ tenantId }) => tenantId === id)?.seq ?? 0]))
}

/** What tenants' audits hold after the entries of these numbers; at most `limit` of each. */
export async function readAuditNews(
  db: Queryable,
  after: ReadonlyMap<string, number>,
  limit: number,
): Promise<AuditNews[]> {
  const { rows } = await db.query<AuditNews>({
    name: 'read_audit_news',
    text: `select a.tenant_id as "tenantId", a.seq::float8, a.action, extract(epoch from a.at)::float8 * 1000 as at,
        jsonb_build_object('type', a.object_type, 'id', a.object_id, 'name', a.object_name) as object,
        jsonb_build_object('kind', a.actor_kind, 'id', a.actor_id, 'name', a.actor_name) as actor
      from unnest($1::uuid[], $2::bigint[]) as k (tenant_id, seq)
      cross join lateral (
        select * from audit_entries e where e.tenant_id = k.tenant_id and e.seq > k.seq order by e.seq limit $3
      ) a order by a.tenant_id, a.seq`,
    values: [[...after.keys()], [...after.values()], limit],
  })
  return rows
}
