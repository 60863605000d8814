// Tenants: the companies that every other row belongs to.

import type { MemberRole } from '../kernel/access/permissions.ts'
import type { Queryable } from './database.ts'

export interface Tenant {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly packs: readonly string[]
  readonly createdAt: Date
}

export interface NewTenant {
  readonly id: string
  readonly slug: string
  readonly name: string
  /** `core` alone when absent. */
  readonly packs?: readonly string[]
  readonly createdAt: Date
}

const columns = `id, slug, name, packs, created_at as "createdAt"`

export async function insertTenant(db: Queryable, tenant: NewTenant): Promise<void> {
  await db.query(`insert into tenants (id, slug, name, packs, created_at) values ($1, $2, $3, $4, $5)`, [
    tenant.id,
    tenant.slug,
    tenant.name,
    tenant.packs ?? ['core'],
    tenant.createdAt,
  ])
}

export async function findTenant(db: Queryable, slug: string): Promise<Tenant | undefined> {
  const { rows } = await db.query<Tenant>(`select ${columns} from tenants where slug = $1`, [slug])
  return rows[0]
}

export async function findTenantById(db: Queryable, id: string): Promise<Tenant | undefined> {
  const { rows } = await db.query<Tenant>(`select ${columns} from tenants where id = $1`, [id])
  return rows[0]
}

export async function renameTenant(db: Queryable, id: string, name: string): Promise<void> {
  await db.query(`update tenants set name = $2 where id = $1`, [id, name])
}

export interface Membership {
  readonly tenantId: string
  readonly slug: string
  readonly name: string
  readonly memberId: string
  readonly role: MemberRole
}

/** The tenants that a user belongs to, the one joined first in front. Takes the role of sign-in. */
export async function membershipsOfUser(identity: Queryable, userId: string): Promise<Membership[]> {
  const { rows } = await identity.query<Membership>(
    `select t.id as "tenantId", t.slug, t.name, m.id as "memberId", m.role from members m join tenants t on t.id = m.tenant_id
      where m.user_id = $1 and m.removed_at is null order by m.created_at, m.id`,
    [userId],
  )
  return rows
}
