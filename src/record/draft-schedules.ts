// Drafts whose time has come.

import type { Queryable } from './database.ts'

export interface DueDraft {
  readonly tenantId: string
  readonly id: string
}

/** Those that are due, of all tenants, the earliest first. */
export async function findDueDrafts(db: Queryable, now: Date, limit: number): Promise<DueDraft[]> {
  const { rows } = await db.query<DueDraft>({
    name: 'find_due_drafts',
    text: `select tenant_id as "tenantId", id from drafts where next_at <= $1 order by next_at, id limit $2`,
    values: [now, limit],
  })
  return rows
}

/** Whether a draft is still due, and nobody else has it in hand; it is held until the transaction ends. */
export async function lockDueDraft(client: Queryable, { tenantId, id }: DueDraft, now: Date): Promise<boolean> {
  const { rows } = await client.query(
    `select from drafts where tenant_id = $1 and id = $2 and status = 'approved' and next_at <= $3 for update skip locked`,
    [tenantId, id, now],
  )
  return rows.length > 0
}

/** The council that reviews a domain: of several the first by name. */
export async function findCouncilOfDomain(
  db: Queryable,
  tenantId: string,
  domain: string,
): Promise<string | undefined> {
  const { rows } = await db.query<{ name: string }>(
    `select name from councils where tenant_id = $1 and domain = $2 order by name limit 1`,
    [tenantId, domain],
  )
  return rows[0]?.name
}
