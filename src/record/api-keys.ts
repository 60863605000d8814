// API keys of members and agents. Of a key its SHA-256 is stored, and the first characters, by which people tell it apart.

import type { Queryable } from './database.ts'

export interface ApiKey {
  readonly tenantId: string
  readonly id: string
  readonly memberId: string | null
  readonly agentId: string | null
  readonly name: string
  readonly prefix: string
  /** Names of permissions; null for all that the role may. */
  readonly scopes: readonly string[] | null
  /** `member:<id>`, as in the audit. */
  readonly createdBy: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly lastUsedAt: Date | null
}

export type NewApiKey = Omit<ApiKey, 'revokedAt' | 'lastUsedAt'> & { readonly hash: Buffer }

const columns = `tenant_id as "tenantId", id, member_id as "memberId", agent_id as "agentId", name, prefix, scopes,
  created_by as "createdBy", created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt",
  last_used_at as "lastUsedAt"`

export async function insertApiKey(db: Queryable, key: NewApiKey): Promise<void> {
  const { tenantId, id, memberId, agentId, name, prefix, hash, scopes, createdBy, createdAt, expiresAt } = key
  await db.query(
    `insert into api_keys (tenant_id, id, member_id, agent_id, name, prefix, hash, scopes, created_by, created_at, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [tenantId, id, memberId, agentId, name, prefix, hash, scopes, createdBy, createdAt, expiresAt],
  )
}

export interface ApiKeyFilter {
  readonly memberId?: string | undefined
  readonly agentId?: string | undefined
  readonly limit: number
  readonly offset: number
}

/** The newest first, the revoked ones too. */
export async function listApiKeys(
  db: Queryable,
  tenantId: string,
  { memberId, agentId, limit, offset }: ApiKeyFilter,
): Promise<{ readonly keys: ApiKey[]; readonly counted: number }> {
  const where = `tenant_id = $1 and ($2::uuid is null or member_id = $2) and ($3::uuid is null or agent_id = $3)`
  const values = [tenantId, memberId ?? null, agentId ?? null]
  const { rows: keys } = await db.query<ApiKey>(
    `select ${columns} from api_keys where ${where} order by created_at desc, id desc limit $4 offset $5`,
    [...values, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from api_keys where ${where}`,
    values,
  )
  return { keys, counted: rows[0]?.count ?? 0 }
}

/** Keeps the key as it is until the transaction ends. */
export async function lockApiKey(db: Queryable, tenantId: string, id: string): Promise<ApiKey | undefined> {
  const { rows } = await db.query<ApiKey>(
    `select ${columns} from api_keys where tenant_id = $1 and id = $2 for update`,
    [tenantId, id],
  )
  return rows[0]
}

export async function revokeApiKey(db: Queryable, tenantId: string, id: string, at: Date): Promise<void> {
  await db.query(`update api_keys set revoked_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null`, [
    tenantId,
    id,
    at,
  ])
}

/** So that they stay dead when the member comes back. */
export async function revokeKeysOfMember(db: Queryable, tenantId: string, memberId: string, at: Date): Promise<void> {
  await db.query(`update api_keys set revoked_at = $3 where tenant_id = $1 and member_id = $2 and revoked_at is null`, [
    tenantId,
    memberId,
    at,
  ])
}

/** Says when keys were last used, all of them in one statement. Takes the role of sign-in. */
export async function touchApiKeys(identity: Queryable, uses: ReadonlyMap<string, Date>): Promise<void> {
  await identity.query(
    `update api_keys k set last_used_at = u.at from unnest($1::uuid[], $2::timestamptz[]) as u(id, at)
      where k.id = u.id and (k.last_used_at is null or k.last_used_at < u.at)`,
    [[...uses.keys()], [...uses.values()]],
  )
}
