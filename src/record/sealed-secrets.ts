// Secrets as they are stored: read by the engine, which opens them, and sealed anew when the installation's key changes.

import { inTransaction, type Pool, type Queryable } from './database.ts'
import type { Sealed } from './sealing.ts'

export interface SealedSecret extends Sealed {
  readonly tenantId: string
  readonly name: string
  readonly version: number
  readonly lastUsedAt: Date | null
}

const columns = `tenant_id as "tenantId", name, version, key_id as "keyId", nonce, ciphertext, tag, last_used_at as "lastUsedAt"`

/** All secrets of a tenant, by name. */
export async function readSealedSecrets(db: Queryable, tenantId: string): Promise<SealedSecret[]> {
  const { rows } = await db.query<SealedSecret>({
    name: 'read_sealed_secrets',
    text: `select ${columns} from secrets where tenant_id = $1 order by name`,
    values: [tenantId],
  })
  return rows
}

/** Remembers when secrets were last used. */
export async function touchSecrets(db: Queryable, tenantId: string, names: readonly string[], at: Date): Promise<void> {
  await db.query(`update secrets set last_used_at = $3 where tenant_id = $1 and name = any ($2)`, [tenantId, names, at])
}

/** Any number that nothing else in the database locks. */
const rotationLock = 7_240_020

/** Runs `work` unless a rotation is under way; undefined then. The lock ends with its connection, however that ends. */
export async function alone<T>(pool: Pool, work: () => Promise<T>): Promise<T | undefined> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
      rotationLock,
    ])
    return rows[0]?.locked === true ? await work() : undefined
  } finally {
    client.release(true)
  }
}

/** How many secrets are sealed with none of these keys. */
export async function countOtherKeys(db: Queryable, ...keyIds: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from secrets where key_id <> all ($1)`,
    [keyIds],
  )
  return rows[0]?.count ?? 0
}

/** After which secret to go on. */
export interface Position {
  readonly tenantId: string
  readonly name: string
}

export const start: Position = { tenantId: '00000000-0000-0000-0000-000000000000', name: '' }

/**
 * Seals the next secrets anew, those that another key sealed: each batch is one transaction, so that a rotation which is
 * interrupted goes on where it was. `reseal` returns undefined for one that it leaves. Returns the last one looked at.
 */
export async function resealBatch(
  pool: Pool,
  keyId: string,
  after: Position,
  limit: number,
  reseal: (secret: SealedSecret) => Sealed | undefined,
): Promise<Position | undefined> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<SealedSecret>(
      `select ${columns} from secrets where key_id <> $1 and (tenant_id, name) > ($2::uuid, $3)
        order by tenant_id, name limit $4 for update`,
      [keyId, after.tenantId, after.name, limit],
    )
    const sealed = rows.flatMap((secret) => {
      const anew = reseal(secret)
      return anew === undefined ? [] : [{ ...secret, ...anew }]
    })
    await client.query(
      `update secrets s set key_id = $1, nonce = n.nonce, ciphertext = n.ciphertext, tag = n.tag
        from unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[]) as n (tenant_id, name, nonce, ciphertext, tag)
        where s.tenant_id = n.tenant_id and s.name = n.name`,
      [
        keyId,
        sealed.map(({ tenantId }) => tenantId),
        sealed.map(({ name }) => name),
        sealed.map(({ nonce }) => nonce),
        sealed.map(({ ciphertext }) => ciphertext),
        sealed.map(({ tag }) => tag),
      ],
    )
    return rows.at(-1)
  })
}
