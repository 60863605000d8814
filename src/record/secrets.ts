// Secrets: what is told of them, and what is sealed of them. Values are opened by the engine alone.

import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import type { Sealed, SealedPlace } from './sealing.ts'

/** All that is ever shown. */
export interface Secret {
  readonly name: string
  readonly version: number
  readonly description: string | null
  readonly keyId: string
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedBy: string
  readonly updatedAt: Date
  readonly lastUsedAt: Date | null
}

export interface SecretValue extends Sealed {
  readonly tenantId: string
  readonly name: string
  readonly version: number
  readonly description: string | null
  /** Of the value in UTF-8. */
  readonly bytes: number
  /** Who set it, and when. */
  readonly by: string
  readonly at: Date
}

/** Where a value is sealed: a row that is moved to another tenant, name or version does not open. */
export function secretPlace(tenantId: string, name: string, version: number): SealedPlace {
  return ['secret', tenantId, name, String(version)]
}

const columns = `name, version, description, key_id as "keyId", created_by as "createdBy", created_at as "createdAt",
  updated_by as "updatedBy", updated_at as "updatedAt", last_used_at as "lastUsedAt"`

export async function listSecrets(
  db: Queryable,
  tenantId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ items: Secret[]; total: number }> {
  const { rows } = await db.query<Secret>(
    `select ${columns} from secrets where tenant_id = $1 order by name limit $2 offset $3`,
    [tenantId, page.limit, page.offset],
  )
  return { items: rows, total: (await secretTotals(db, tenantId)).count }
}

/** How many secrets a tenant has and how many bytes their values are together. */
export async function secretTotals(db: Queryable, tenantId: string): Promise<{ count: number; bytes: number }> {
  const { rows } = await db.query<{ count: number; bytes: number }>(
    `select count(*)::integer as count, coalesce(sum(bytes), 0)::integer as bytes from secrets where tenant_id = $1`,
    [tenantId],
  )
  return rows[0] ?? { count: 0, bytes: 0 }
}

export async function secretNames(db: Queryable, tenantId: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(`select name from secrets where tenant_id = $1 order by name`, [
    tenantId,
  ])
  return rows.map(({ name }) => name)
}

export async function findSecret(db: Queryable, tenantId: string, name: string): Promise<Secret | undefined> {
  const { rows } = await db.query<Secret>(`select ${columns} from secrets where tenant_id = $1 and name = $2`, [
    tenantId,
    name,
  ])
  return rows[0]
}

/** The same, locked until the transaction ends. */
export async function lockSecret(client: Queryable, tenantId: string, name: string): Promise<Secret | undefined> {
  const { rows } = await client.query<Secret>(
    `select ${columns} from secrets where tenant_id = $1 and name = $2 for update`,
    [tenantId, name],
  )
  return rows[0]
}

/** Undefined when the tenant has a secret of this name. */
export async function insertSecret(client: Queryable, value: SecretValue): Promise<Secret | undefined> {
  const { rows } = await client.query<Secret>(
    `insert into secrets (tenant_id, name, version, description, key_id, nonce, ciphertext, tag, bytes,
        created_by, created_at, updated_by, updated_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, $11) on conflict do nothing returning ${columns}`,
    valuesOf(value),
  )
  return rows[0]
}

/** Puts a new value in the place of the one before it; undefined when that is not the version before. */
export async function replaceSecret(client: Queryable, value: SecretValue): Promise<Secret | undefined> {
  const { rows } = await client.query<Secret>(
    `update secrets set version = $3, description = $4, key_id = $5, nonce = $6, ciphertext = $7, tag = $8, bytes = $9,
        updated_by = $10, updated_at = $11
      where tenant_id = $1 and name = $2 and version = $3 - 1 returning ${columns}`,
    valuesOf(value),
  )
  return rows[0]
}

export async function deleteSecret(client: Queryable, tenantId: string, name: string): Promise<boolean> {
  const { rowCount } = await client.query(`delete from secrets where tenant_id = $1 and name = $2`, [tenantId, name])
  return rowCount === 1
}

/** Tells all processes, once the transaction commits, that they hold old values of the tenant. */
export async function tellSecretsChanged(client: Queryable, tenantId: string): Promise<void> {
  await client.query(`select pg_notify('countersign_secrets', $1)`, [tenantId])
}

/** Workflows whose current version mentions any of the names as text; whether it uses them, its expressions tell. */
export async function workflowsMentioning(
  db: Queryable,
  tenantId: string,
  names: readonly string[],
): Promise<{ name: string; status: 'active' | 'inactive'; definition: Json }[]> {
  const { rows } = await db.query<{ name: string; status: 'active' | 'inactive'; definition: Json }>(
    `select w.name, w.status, v.definition from workflows w join workflow_versions v
        on v.tenant_id = w.tenant_id and v.workflow_id = w.id and v.version = w.current_version
      where w.tenant_id = $1 and w.status <> 'deleted' and v.definition::text like '%secrets%'
        and exists (select from unnest($2::text[]) as n (name) where position(n.name in v.definition::text) > 0)
      order by w.name`,
    [tenantId, names],
  )
  return rows
}

function valuesOf(value: SecretValue): unknown[] {
  const { tenantId, name, version, description, keyId, nonce, ciphertext, tag, bytes, by, at } = value
  return [tenantId, name, version, description, keyId, nonce, ciphertext, tag, bytes, by, at]
}
