// The packs that a tenant has enabled.

import type { Queryable } from './database.ts'

/** Nobody else changes them until the transaction ends. */
export async function lockPacks(client: Queryable, tenantId: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ packs: string[] }>(`select packs from tenants where id = $1 for update`, [
    tenantId,
  ])
  return rows[0]?.packs ?? []
}

export async function setPacks(client: Queryable, tenantId: string, packs: readonly string[]): Promise<void> {
  await client.query(`update tenants set packs = $2 where id = $1`, [tenantId, packs])
}
