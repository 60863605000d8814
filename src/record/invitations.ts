// Invitations: a link with a token of which the SHA-256 is stored, good for one person and once.

import type { MemberRole } from '../kernel/access/permissions.ts'
import type { Queryable } from './database.ts'

export interface Invitation {
  readonly tenantId: string
  readonly id: string
  readonly email: string
  readonly role: MemberRole
  readonly approverRoles: readonly string[]
  readonly createdBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly acceptedAt: Date | null
  readonly revokedAt: Date | null
}

const columns = `tenant_id as "tenantId", id, email, role, approver_roles as "approverRoles", created_by as "createdBy",
  created_at as "createdAt", expires_at as "expiresAt", accepted_at as "acceptedAt", revoked_at as "revokedAt"`

export type NewInvitation = Omit<Invitation, 'acceptedAt' | 'revokedAt'> & { readonly tokenHash: Buffer }

/** Takes the place of one to the same address that is open. */
export async function insertInvitation(db: Queryable, invitation: NewInvitation): Promise<void> {
  const { tenantId, id, email, role, approverRoles, tokenHash, createdBy, createdAt, expiresAt } = invitation
  await db.query(
    `update invitations set revoked_at = $3 where tenant_id = $1 and email = $2 and accepted_at is null and revoked_at is null`,
    [tenantId, email, createdAt],
  )
  await db.query(
    `insert into invitations (tenant_id, id, email, role, approver_roles, token_hash, created_by, created_at, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [tenantId, id, email, role, approverRoles, tokenHash, createdBy, createdAt, expiresAt],
  )
}

/** The newest first, whatever became of them. */
export async function listInvitations(
  db: Queryable,
  tenantId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly invitations: Invitation[]; readonly counted: number }> {
  const { rows: invitations } = await db.query<Invitation>(
    `select ${columns} from invitations where tenant_id = $1 order by created_at desc, id desc limit $2 offset $3`,
    [tenantId, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from invitations where tenant_id = $1`,
    [tenantId],
  )
  return { invitations, counted: rows[0]?.count ?? 0 }
}

/** Keeps the invitation as it is until the transaction ends. */
export async function lockInvitation(db: Queryable, tenantId: string, id: string): Promise<Invitation | undefined> {
  const { rows } = await db.query<Invitation>(
    `select ${columns} from invitations where tenant_id = $1 and id = $2 for update`,
    [tenantId, id],
  )
  return rows[0]
}

/** The same for whoever holds its token, of whatever tenant. Takes the role of sign-in. */
export async function lockInvitationOfToken(identity: Queryable, tokenHash: Buffer): Promise<Invitation | undefined> {
  const { rows } = await identity.query<Invitation>(
    `select ${columns} from invitations where token_hash = $1 for update`,
    [tokenHash],
  )
  return rows[0]
}

/** Those that wait for an address, in all tenants. Takes the role of sign-in. */
export async function lockInvitationsTo(identity: Queryable, email: string, now: Date): Promise<Invitation[]> {
  const { rows } = await identity.query<Invitation>(
    `select ${columns} from invitations where email = $1 and accepted_at is null and revoked_at is null and expires_at > $2
      order by created_at for update`,
    [email.toLowerCase(), now],
  )
  return rows
}

export async function revokeInvitation(db: Queryable, tenantId: string, id: string, at: Date): Promise<void> {
  await db.query(
    `update invitations set revoked_at = $3 where tenant_id = $1 and id = $2 and accepted_at is null and revoked_at is null`,
    [tenantId, id, at],
  )
}

export async function acceptInvitation(
  db: Queryable,
  { tenantId, id }: Pick<Invitation, 'tenantId' | 'id'>,
  memberId: string,
  at: Date,
): Promise<void> {
  await db.query(
    `update invitations set accepted_at = $3, member_id = $4 where tenant_id = $1 and id = $2 and accepted_at is null`,
    [tenantId, id, at, memberId],
  )
}
