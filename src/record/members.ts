// Members of a tenant, and who of them an audience means.

import type { Approvers } from '../kernel/voting/rule-problem.ts'
import type { Queryable } from './database.ts'

export type MemberRole = 'owner' | 'admin' | 'builder' | 'operator' | 'viewer'

export interface Member {
  readonly tenantId: string
  readonly id: string
  /** In lower case. */
  readonly email: string
  readonly name: string
  readonly role: MemberRole
  readonly approverRoles: readonly string[]
  readonly createdAt: Date
}

const columns = `tenant_id as "tenantId", id, email, name, role, approver_roles as "approverRoles", created_at as "createdAt"`

/** Returns the member as stored. The database refuses an e-mail address that the tenant already has. */
export async function insertMember(db: Queryable, member: Member): Promise<Member> {
  const stored = { ...member, email: member.email.toLowerCase() }
  await db.query(
    `insert into members (tenant_id, id, email, name, role, approver_roles, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [stored.tenantId, stored.id, stored.email, stored.name, stored.role, stored.approverRoles, stored.createdAt],
  )
  return stored
}

export async function listMembers(db: Queryable, tenantId: string): Promise<Member[]> {
  const { rows } = await db.query<Member>(`select ${columns} from members where tenant_id = $1 order by name, id`, [
    tenantId,
  ])
  return rows
}

export async function findMember(db: Queryable, tenantId: string, id: string): Promise<Member | undefined> {
  const { rows } = await db.query<Member>(`select ${columns} from members where tenant_id = $1 and id = $2`, [
    tenantId,
    id,
  ])
  return rows[0]
}

/**
 * The members that an audience means now, by name. A role is a membership role or an approver role; a council is the
 * members who hold its name as an approver role; members are named by e-mail address.
 */
export async function membersOfAudience(db: Queryable, tenantId: string, audience: Approvers): Promise<Member[]> {
  const role = 'role' in audience ? audience.role : null
  const approverRole = 'council' in audience ? audience.council : role
  const emails = 'members' in audience ? audience.members.map((email) => email.toLowerCase()) : []
  const { rows } = await db.query<Member>({
    name: 'members_of_audience',
    text: `select ${columns} from members
      where tenant_id = $1 and (role = $2 or $3 = any (approver_roles) or email = any ($4::text[])) order by name, id`,
    values: [tenantId, role, approverRole, emails],
  })
  return rows
}

/** SQL that is true when an audience, as jsonb, means a member of $1: the same rule as `membersOfAudience`. */
export const asks = (audience: string, memberId: string): string => `exists (
    select from members m where m.tenant_id = $1 and m.id = ${memberId} and (
      m.role = ${audience} ->> 'role'
      or coalesce(${audience} ->> 'role', ${audience} ->> 'council') = any (m.approver_roles)
      or lower(${audience} ->> 'members')::jsonb ? m.email))`
