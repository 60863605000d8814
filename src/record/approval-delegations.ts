// Delegations: a member hands one approval to another.

import type { Queryable } from './database.ts'

export interface Delegation {
  readonly memberId: string
  readonly name: string
  readonly delegateId: string
  readonly delegateName: string
  readonly createdAt: Date
}

/** Those whose delegates are members still. */
export async function listDelegations(db: Queryable, tenantId: string, approvalId: string): Promise<Delegation[]> {
  const { rows } = await db.query<Delegation>(
    `select d.member_id as "memberId", m.name, d.delegate_id as "delegateId", t.name as "delegateName", d.created_at as "createdAt"
      from approval_delegations d
      join members m on m.tenant_id = d.tenant_id and m.id = d.member_id
      join members t on t.tenant_id = d.tenant_id and t.id = d.delegate_id and t.removed_at is null
      where d.tenant_id = $1 and d.approval_id = $2 order by d.created_at, d.member_id`,
    [tenantId, approvalId],
  )
  return rows
}

interface DelegationKey {
  readonly tenantId: string
  readonly approvalId: string
  readonly memberId: string
}

/** One to somebody who is no member any more is replaced. */
export async function insertDelegation(
  client: Queryable,
  { tenantId, approvalId, memberId, delegateId, createdAt }: DelegationKey & { delegateId: string; createdAt: Date },
): Promise<void> {
  await client.query(
    `insert into approval_delegations (tenant_id, approval_id, member_id, delegate_id, created_at) values ($1, $2, $3, $4, $5)
      on conflict (tenant_id, approval_id, member_id) do update
      set delegate_id = excluded.delegate_id, created_at = excluded.created_at`,
    [tenantId, approvalId, memberId, delegateId, createdAt],
  )
}

export async function deleteDelegation(
  client: Queryable,
  { tenantId, approvalId, memberId }: DelegationKey,
): Promise<void> {
  await client.query(`delete from approval_delegations where tenant_id = $1 and approval_id = $2 and member_id = $3`, [
    tenantId,
    approvalId,
    memberId,
  ])
}
