// Changes of a policy that lower something: they wait for a second person.

import { type Governance, parseGovernance } from '../kernel/policy/governance-policy.ts'
import type { Queryable } from './database.ts'

export type PolicyChangeStatus = 'pending' | 'applied' | 'rejected' | 'expired' | 'withdrawn' | 'void'

export interface PolicyChange {
  readonly tenantId: string
  readonly id: string
  readonly status: PolicyChangeStatus
  /** The policy that it was asked of, and what it would be. */
  readonly before: Governance
  readonly after: Governance
  readonly requestedBy: string
  readonly approvalId: string | null
  readonly createdAt: Date
  readonly settledAt: Date | null
}

const columns = `tenant_id as "tenantId", id, status, before, after, requested_by as "requestedBy", approval_id as "approvalId",
  created_at as "createdAt", settled_at as "settledAt"`

interface Row extends Omit<PolicyChange, 'before' | 'after'> {
  readonly before: unknown
  readonly after: unknown
}

export async function insertPolicyChange(
  client: Queryable,
  change: Omit<PolicyChange, 'status' | 'settledAt'>,
): Promise<void> {
  const { tenantId, id, before, after, requestedBy, approvalId, createdAt } = change
  await client.query(
    `insert into policy_changes (tenant_id, id, status, before, after, requested_by, approval_id, created_at)
      values ($1, $2, 'pending', $3, $4, $5, $6, $7)`,
    [tenantId, id, JSON.stringify(before), JSON.stringify(after), requestedBy, approvalId, createdAt],
  )
}

export async function findPolicyChange(db: Queryable, tenantId: string, id: string): Promise<PolicyChange | undefined> {
  const { rows } = await db.query<Row>(`select ${columns} from policy_changes where tenant_id = $1 and id = $2`, [
    tenantId,
    id,
  ])
  return rows.map(changeOf)[0]
}

/** The change that waits; a tenant has one at most. */
export async function findPendingChange(db: Queryable, tenantId: string): Promise<PolicyChange | undefined> {
  const { rows } = await db.query<Row>(
    `select ${columns} from policy_changes where tenant_id = $1 and status = 'pending'`,
    [tenantId],
  )
  return rows.map(changeOf)[0]
}

/** False when it does not wait any more. */
export async function settlePolicyChange(
  client: Queryable,
  tenantId: string,
  id: string,
  status: Exclude<PolicyChangeStatus, 'pending'>,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update policy_changes set status = $3, settled_at = $4 where tenant_id = $1 and id = $2 and status = 'pending'`,
    [tenantId, id, status, at],
  )
  return rowCount === 1
}

function changeOf({ before, after, ...row }: Row): PolicyChange {
  return { ...row, before: parseGovernance(before), after: parseGovernance(after) }
}
