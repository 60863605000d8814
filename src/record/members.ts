// Members of a tenant, and who of them an audience means.

import type { MemberRole } from '../kernel/access/permissions.ts'
import type { Approvers } from '../kernel/voting/rule-problem.ts'
import type { Queryable } from './database.ts'

export type { MemberRole } from '../kernel/access/permissions.ts'

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

/** A member as other members see them. */
export interface MemberDetail extends Member {
  /** Null until the member has signed in. */
  readonly userId: string | null
}

/** Returns the member as stored. The database refuses an e-mail address that the tenant already has. */
export async function insertMember(db: Queryable, member: Member): Promise<Member> {
  const stored = { ...member, email: member.email.toLowerCase() }
  await db.query(
    `insert into members (tenant_id, id, email, name, role, approver_roles, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [stored.tenantId, stored.id, stored.email, stored.name, stored.role, stored.approverRoles, stored.createdAt],
  )
  return stored
}

/** Those who were removed are left out, here and wherever members are looked for. */
export async function listMembers(db: Queryable, tenantId: string): Promise<Member[]> {
  const { rows } = await db.query<Member>(
    `select ${columns} from members where tenant_id = $1 and removed_at is null order by name, id`,
    [tenantId],
  )
  return rows
}

export async function findMember(db: Queryable, tenantId: string, id: string): Promise<Member | undefined> {
  const { rows } = await db.query<Member>(
    `select ${columns} from members where tenant_id = $1 and id = $2 and removed_at is null`,
    [tenantId, id],
  )
  return rows[0]
}

/** A minus sorts downwards. */
export const memberSorts = ['name', '-name', 'email', '-email', 'role', '-role', 'created_at', '-created_at'] as const

export interface MemberFilter {
  readonly role?: MemberRole | undefined
  /** Part of the name or of the address. */
  readonly search?: string | undefined
  readonly sort: (typeof memberSorts)[number]
  readonly limit: number
  readonly offset: number
}

const detail = `${columns}, user_id as "userId"`

/** A page of members, and how many the filter finds. */
export async function listMemberPage(
  db: Queryable,
  tenantId: string,
  filter: MemberFilter,
): Promise<{ readonly members: MemberDetail[]; readonly counted: number }> {
  const where = `tenant_id = $1 and removed_at is null and ($2::text is null or role = $2)
    and ($3::text is null or position(lower($3) in lower(name)) > 0 or position(lower($3) in email) > 0)`
  const values = [tenantId, filter.role ?? null, filter.search ?? null]
  const [downwards, column] = filter.sort.startsWith('-') ? ['desc', filter.sort.slice(1)] : ['asc', filter.sort]
  const { rows: members } = await db.query<MemberDetail>(
    // The column comes from the list above, not from the request.
    `select ${detail} from members where ${where} order by ${column} ${downwards}, id limit $4 offset $5`,
    [...values, filter.limit, filter.offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from members where ${where}`,
    values,
  )
  return { members, counted: rows[0]?.count ?? 0 }
}

export async function findMemberDetail(db: Queryable, tenantId: string, id: string): Promise<MemberDetail | undefined> {
  const { rows } = await db.query<MemberDetail>(
    `select ${detail} from members where tenant_id = $1 and id = $2 and removed_at is null`,
    [tenantId, id],
  )
  return rows[0]
}

export async function isMemberAddress(db: Queryable, tenantId: string, email: string): Promise<boolean> {
  const { rows } = await db.query(`select from members where tenant_id = $1 and email = $2 and removed_at is null`, [
    tenantId,
    email,
  ])
  return rows.length > 0
}

/** Keeps the member as it is until the transaction ends; votes and notifications of theirs can be written meanwhile. */
export async function lockMember(db: Queryable, tenantId: string, id: string): Promise<MemberDetail | undefined> {
  const { rows } = await db.query<MemberDetail>(
    `select ${detail} from members where tenant_id = $1 and id = $2 and removed_at is null for no key update`,
    [tenantId, id],
  )
  return rows[0]
}

/**
 * The ids of the owners, who stay owners until the transaction ends: of two who leave at once one is the last. The member whom
 * it is about is locked with them, in one order, so that two who change members never wait for each other.
 */
export async function lockOwners(db: Queryable, tenantId: string, memberId: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string; role: MemberRole }>(
    `select id, role from members
      where tenant_id = $1 and (role = 'owner' or id = $2) and removed_at is null order by id for no key update`,
    [tenantId, memberId],
  )
  return rows.filter(({ role }) => role === 'owner').map(({ id }) => id)
}

export async function updateMember(
  db: Queryable,
  tenantId: string,
  id: string,
  { name, role, approverRoles }: Pick<Member, 'name' | 'role' | 'approverRoles'>,
): Promise<void> {
  await db.query(
    `update members set name = $3, role = $4, approver_roles = $5 where tenant_id = $1 and id = $2 and removed_at is null`,
    [tenantId, id, name, role, approverRoles],
  )
}

/** The row stays, because votes and the audit name it; whoever signs in no longer finds it. */
export async function removeMember(db: Queryable, tenantId: string, id: string, at: Date): Promise<void> {
  await db.query(
    `update members set removed_at = $3, user_id = null where tenant_id = $1 and id = $2 and removed_at is null`,
    [tenantId, id, at],
  )
}

/**
 * Makes the member of a user: a new one, one whom nobody has claimed yet, or one who was removed and comes back. Undefined
 * when the address belongs to a member of another user.
 */
export async function claimMember(
  db: Queryable,
  member: Member & { readonly userId: string },
): Promise<{ readonly id: string } | undefined> {
  const { tenantId, id, email, name, role, approverRoles, createdAt, userId } = member
  const { rows } = await db.query<{ id: string }>(
    `insert into members (tenant_id, id, email, name, role, approver_roles, created_at, user_id)
      values ($1, $2, $3, $4, $5, $6, $7, $8)
      on conflict (tenant_id, email) do update set name = excluded.name, role = excluded.role,
        approver_roles = excluded.approver_roles, user_id = excluded.user_id, removed_at = null
      where members.user_id is null returning id`,
    [tenantId, id, email.toLowerCase(), name, role, approverRoles, createdAt, userId],
  )
  return rows[0]
}

/**
 * The members that an audience means now, by name. A role is a membership role or an approver role, of `roles` any of them; a council is those who
 * sit on it, or, where there is none of the name, who hold the name as an approver role; members are named by e-mail address.
 */
export async function membersOfAudience(db: Queryable, tenantId: string, audience: Approvers): Promise<Member[]> {
  const roles = 'role' in audience ? [audience.role] : 'roles' in audience ? audience.roles : []
  const approverRoles = 'council' in audience ? [audience.council] : roles
  const emails = 'members' in audience ? audience.members.map((email) => email.toLowerCase()) : []
  const { rows } = await db.query<Member>({
    name: 'members_of_audience',
    text: `select ${columns} from members
      where tenant_id = $1 and removed_at is null and (case
        when $5::text is not null and exists (select from councils c where c.tenant_id = $1 and c.name = $5)
        then ${sitsOn('$5', 'members.id')}
        else role = any ($2::text[]) or approver_roles && $3::text[] or email = any ($4::text[]) end) order by name, id`,
    values: [tenantId, roles, approverRoles, emails, 'council' in audience ? audience.council : null],
  })
  return rows
}

const sitsOn = (council: string, memberId: string): string => `exists (select from councils c
          join council_members s on s.tenant_id = c.tenant_id and s.council_id = c.id
          where c.tenant_id = $1 and c.name = ${council} and s.member_id = ${memberId})`

/** SQL that is true when an audience, as jsonb, means a member of $1: the same rule as `membersOfAudience`. */
export const asks = (audience: string, memberId: string): string => `exists (
    select from members m where m.tenant_id = $1 and m.id = ${memberId} and m.removed_at is null and (case
      when exists (select from councils c where c.tenant_id = $1 and c.name = ${audience} ->> 'council')
      then ${sitsOn(`${audience} ->> 'council'`, 'm.id')}
      else m.role = ${audience} ->> 'role'
        or coalesce(${audience} ->> 'role', ${audience} ->> 'council') = any (m.approver_roles)
        or (${audience} -> 'roles')::jsonb ? m.role or (${audience} -> 'roles')::jsonb ?| m.approver_roles
        or lower(${audience} ->> 'members')::jsonb ? m.email end))`
