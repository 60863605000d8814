// Idempotency keys: which request used one first, and what it was answered.

import type { Queryable } from './database.ts'

export interface IdempotencyKey {
  readonly tenantId: string
  readonly actor: string
  readonly key: string
}

export interface KeyClaim extends IdempotencyKey {
  readonly requestHash: Buffer
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface StoredAnswer {
  readonly status: number
  readonly answer: string | null
  readonly isSealed: boolean
  readonly headers: Readonly<Record<string, string>>
}

export interface EarlierRequest extends StoredAnswer {
  readonly requestHash: Buffer
}

/**
 * Claims a key for the request of this transaction. Undefined when it is ours now; else the request that used it first. Waits
 * while another transaction has the key and has not ended; one that was rolled back leaves nothing.
 */
export async function claimKey(client: Queryable, claim: KeyClaim): Promise<EarlierRequest | undefined> {
  const { tenantId, actor, key, requestHash, createdAt, expiresAt } = claim
  const { rowCount } = await client.query({
    name: 'claim_idempotency_key',
    text: `insert into idempotency_keys as k (tenant_id, actor, key, request_hash, created_at, expires_at)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (tenant_id, actor, key) do update
        set request_hash = excluded.request_hash, status = null, answer = null, is_sealed = false, headers = null,
          created_at = excluded.created_at, expires_at = excluded.expires_at
        where k.expires_at <= excluded.created_at`,
    values: [tenantId, actor, key, requestHash, createdAt, expiresAt],
  })
  if (rowCount === 1) return undefined
  const { rows } = await client.query<EarlierRequest>({
    name: 'find_idempotency_key',
    text: `select request_hash as "requestHash", status, answer, is_sealed as "isSealed", headers from idempotency_keys
      where tenant_id = $1 and actor = $2 and key = $3`,
    values: [tenantId, actor, key],
  })
  return rows[0]
}

/** Keeps what the request that claimed the key is answered, in the transaction of what it did. */
export async function storeAnswer(client: Queryable, key: IdempotencyKey, stored: StoredAnswer): Promise<void> {
  await client.query({
    name: 'store_idempotent_answer',
    text: `update idempotency_keys set status = $4, answer = $5, is_sealed = $6, headers = $7
      where tenant_id = $1 and actor = $2 and key = $3`,
    values: [
      key.tenantId,
      key.actor,
      key.key,
      stored.status,
      stored.answer,
      stored.isSealed,
      JSON.stringify(stored.headers),
    ],
  })
}

/** Lets the next request with the key claim it. */
export async function releaseKey(client: Queryable, { tenantId, actor, key }: IdempotencyKey): Promise<void> {
  await client.query(
    `update idempotency_keys set expires_at = created_at where tenant_id = $1 and actor = $2 and key = $3`,
    [tenantId, actor, key],
  )
}

/** Deletes keys that expired before a moment, so many at most; returns how many. */
export async function pruneIdempotencyKeys(db: Queryable, before: Date, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: 'prune_idempotency_keys',
    text: `delete from idempotency_keys k using (
        select tenant_id, actor, key from idempotency_keys where expires_at < $1 order by expires_at limit $2 for update skip locked
      ) old where k.tenant_id = old.tenant_id and k.actor = old.actor and k.key = old.key`,
    values: [before, limit],
  })
  return rowCount ?? 0
}
