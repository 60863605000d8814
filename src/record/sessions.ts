// Sessions and keys as a request shows them: who it is from, in one statement. Everything here takes the role of sign-in.

import type { Role } from '../kernel/access/permissions.ts'
import type { Queryable } from './database.ts'

/** What a session or a key stands for. Without a role it stands for nobody any more. */
export interface Standing {
  /** Of the session or the key. */
  readonly id: string
  readonly userId: string | null
  readonly tenantId: string | null
  readonly memberId: string | null
  readonly agentId: string | null
  readonly name: string | null
  readonly email: string | null
  readonly role: Role | null
  readonly scopes: readonly string[] | null
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

/** `hash` is the SHA-256 of the token, in hexadecimal. Without a chosen tenant it is the first that the user joined. */
export async function findSession(identity: Queryable, hash: string): Promise<Standing | undefined> {
  const { rows } = await identity.query<Standing>({
    name: 'find_session',
    text: `select s.id, s.user_id as "userId", coalesce(s.tenant_id, m.tenant_id) as "tenantId", m.id as "memberId",
        null as "agentId", m.name, m.email, m.role, null as scopes, s.expires_at as "expiresAt", null as "revokedAt"
      from session s left join lateral (
        select * from members m where m.user_id = s.user_id and m.removed_at is null
          and (s.tenant_id is null or m.tenant_id = s.tenant_id)
        order by m.created_at, m.id limit 1
      ) m on true
      where s.token = $1`,
    values: [hash],
  })
  return rows[0]
}

/** `hash` is the SHA-256 of the key. Of a removed member or a disabled agent it has no role. */
export async function findKey(identity: Queryable, hash: Buffer): Promise<Standing | undefined> {
  const { rows } = await identity.query<Standing>({
    name: 'find_key',
    text: `select k.id, m.user_id as "userId", k.tenant_id as "tenantId", k.member_id as "memberId", k.agent_id as "agentId",
        coalesce(m.name, a.name) as name, m.email, case when a.id is null then m.role else 'agent' end as role, k.scopes,
        k.expires_at as "expiresAt", k.revoked_at as "revokedAt"
      from api_keys k
        left join members m on m.tenant_id = k.tenant_id and m.id = k.member_id and m.removed_at is null
        left join agents a on a.tenant_id = k.tenant_id and a.id = k.agent_id and a.disabled_at is null
      where k.hash = $1`,
    values: [hash],
  })
  return rows[0]
}

/** False when the user has no membership in the tenant. */
export async function chooseTenant(identity: Queryable, sessionId: string, slug: string): Promise<boolean> {
  const { rowCount } = await identity.query(
    `update session s set tenant_id = t.id, updated_at = now() from tenants t
      where s.id = $1 and t.slug = $2 and exists (
        select from members m where m.tenant_id = t.id and m.user_id = s.user_id and m.removed_at is null)`,
    [sessionId, slug],
  )
  return rowCount === 1
}

/** Sessions end by themselves; their rows go at some later time. Returns how many. */
export async function deleteExpiredSessions(identity: Queryable, before: Date, limit: number): Promise<number> {
  const { rowCount } = await identity.query(
    `delete from session where id in (select id from session where expires_at < $1 order by expires_at limit $2)`,
    [before, limit],
  )
  return rowCount ?? 0
}

/** Every process forgets what it knows of `subject`, once the transaction has committed. */
export async function notifyAccess(db: Queryable, subject: string): Promise<void> {
  await db.query(`select pg_notify('countersign_access', $1)`, [subject])
}
