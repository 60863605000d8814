// Policies of a tenant: for how long it keeps what, and what it wants to be countersigned.

import { type Governance, parseGovernance } from '../kernel/policy/governance-policy.ts'
import type { Queryable } from './database.ts'

/** Days; null means as long as the installation, or the execution, says. */
export interface Policies {
  readonly executionsDays: number | null
  readonly eventReceiptsDays: number
  readonly deliveriesDays: number
  readonly notificationsDays: number | null
}

/** What the columns say by themselves, for tenants that have settled nothing. */
export const usualPolicies: Policies = {
  executionsDays: null,
  eventReceiptsDays: 30,
  deliveriesDays: 7,
  notificationsDays: null,
}

const columns = `executions_days as "executionsDays", event_receipts_days as "eventReceiptsDays",
  deliveries_days as "deliveriesDays", notifications_days as "notificationsDays"`

export async function findPolicies(db: Queryable, tenantId: string): Promise<Policies> {
  const { rows } = await db.query<Policies>(`select ${columns} from policies where tenant_id = $1`, [tenantId])
  return rows[0] ?? usualPolicies
}

/** As `findPolicies`, and nobody else changes them before the transaction ends. */
export async function lockPolicies(db: Queryable, tenantId: string, now: Date): Promise<Policies> {
  await db.query('insert into policies (tenant_id, updated_at) values ($1, $2) on conflict do nothing', [tenantId, now])
  const { rows } = await db.query<Policies>(`select ${columns} from policies where tenant_id = $1 for update`, [
    tenantId,
  ])
  return rows[0] ?? usualPolicies
}

export async function updatePolicies(db: Queryable, tenantId: string, policies: Policies, now: Date): Promise<void> {
  const { executionsDays, eventReceiptsDays, deliveriesDays, notificationsDays } = policies
  await db.query(
    `update policies set executions_days = $2, event_receipts_days = $3, deliveries_days = $4, notifications_days = $5,
      updated_at = $6 where tenant_id = $1`,
    [tenantId, executionsDays, eventReceiptsDays, deliveriesDays, notificationsDays, now],
  )
}

/** How long each tenant keeps executions by its own policy, by id; null where it has none. */
export async function listExecutionDays(db: Queryable): Promise<{ tenantId: string; days: number | null }[]> {
  const { rows } = await db.query<{ tenantId: string; days: number | null }>(
    `select t.id as "tenantId", p.executions_days as days from tenants t left join policies p on p.tenant_id = t.id order by t.id`,
  )
  return rows
}

/** All tenants of the installation. */
export async function listTenants(db: Queryable): Promise<{ id: string; slug: string }[]> {
  const { rows } = await db.query<{ id: string; slug: string }>('select id, slug from tenants order by slug')
  return rows
}

/** What the tenant wants to be countersigned; the default when it has settled nothing. */
export async function readGovernance(db: Queryable, tenantId: string): Promise<Governance> {
  const { rows } = await db.query<{ governance: unknown }>({
    name: 'read_governance',
    text: `select governance from policies where tenant_id = $1`,
    values: [tenantId],
  })
  return parseGovernance(rows[0]?.governance)
}

/** As `readGovernance`, and nobody else changes it before the transaction ends. */
export async function lockGovernance(db: Queryable, tenantId: string, now: Date): Promise<Governance> {
  await lockPolicies(db, tenantId, now)
  return readGovernance(db, tenantId)
}

export async function updateGovernance(
  db: Queryable,
  tenantId: string,
  governance: Governance,
  now: Date,
): Promise<void> {
  await db.query(`update policies set governance = $2, updated_at = $3 where tenant_id = $1`, [
    tenantId,
    JSON.stringify(governance),
    now,
  ])
}
