// Signing secrets of webhooks and subscriptions, sealed anew when the installation's key changes.

import { inTransaction, type Pool, type Queryable } from './database.ts'
import type { KeyRing } from './key-ring.ts'
import { openSigningSecrets, type SealedPair, sealSigningSecret, type SecretOwner } from './signing-secrets.ts'

/** Their text begins with the id of the key that sealed it. */
const isOther = `(split_part(secret, '.', 1) <> $1 or split_part(previous_secret, '.', 1) <> $1)`

interface OwnerRow {
  readonly tenantId: string
  readonly id: string | null
  readonly workflowId: string | null
  readonly position: number | null
}

/** Whose signing secrets are sealed with another key than this one. */
export async function ownersWithOtherKeys(db: Queryable, keyId: string): Promise<SecretOwner[]> {
  const { rows } = await db.query<OwnerRow>(
    `select tenant_id as "tenantId", id, null as "workflowId", null as position from subscriptions where ${isOther}
      union all
      select tenant_id, null, workflow_id, position from webhook_secrets where ${isOther}`,
    [keyId],
  )
  return rows.flatMap(({ tenantId, id, workflowId, position }): SecretOwner[] => {
    if (id !== null) return [{ tenantId, id }]
    return workflowId === null || position === null ? [] : [{ tenantId, workflowId, position }]
  })
}

/** Seals what one owner has with the current key. Throws when it does not open. */
export async function resealSigningSecret(pool: Pool, keys: KeyRing, owner: SecretOwner): Promise<void> {
  const [table, where, values] =
    'id' in owner
      ? ['subscriptions', 'tenant_id = $1 and id = $2', [owner.tenantId, owner.id]]
      : [
          'webhook_secrets',
          'tenant_id = $1 and workflow_id = $2 and position = $3',
          [owner.tenantId, owner.workflowId, owner.position],
        ]
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<SealedPair>(
      `select secret, previous_secret as "previousSecret", previous_expires_at as "previousExpiresAt"
        from ${table} where ${where} for update`,
      values,
    )
    const [pair] = rows
    if (pair === undefined) return
    // At the beginning of time nothing has expired.
    const [secret, previous] = openSigningSecrets(keys, owner, pair, 0).map((text) =>
      sealSigningSecret(keys, owner, text),
    )
    const at = values.length
    await client.query(`update ${table} set secret = $${at + 1}, previous_secret = $${at + 2} where ${where}`, [
      ...values,
      secret,
      previous ?? null,
    ])
  })
}
