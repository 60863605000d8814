// Councils: members who review a domain by vote.

import type { QuorumRule } from '../kernel/voting/tally.ts'
import type { Queryable } from './database.ts'

export interface Council {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly title: string
  readonly domain: string
  readonly threshold: QuorumRule
  /** Ids, by the members' names. */
  readonly memberIds: readonly string[]
  readonly createdAt: Date
}

const columns = `c.tenant_id as "tenantId", c.id, c.name, c.title, c.domain, c.threshold, c.created_at as "createdAt",
  array(select s.member_id::text from council_members s join members m on m.tenant_id = s.tenant_id and m.id = s.member_id
    where s.tenant_id = c.tenant_id and s.council_id = c.id order by m.name, m.id) as "memberIds"`

/** False when the tenant has a council of this name. */
export async function insertCouncil(db: Queryable, council: Council): Promise<boolean> {
  const { tenantId, id, name, title, domain, threshold, createdAt } = council
  const { rowCount } = await db.query(
    `insert into councils (tenant_id, id, name, title, domain, threshold, created_at) values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (tenant_id, name) do nothing`,
    [tenantId, id, name, title, domain, JSON.stringify(threshold), createdAt],
  )
  if (rowCount === 1) await seatMembers(db, council)
  return rowCount === 1
}

export async function listCouncils(
  db: Queryable,
  tenantId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly councils: Council[]; readonly counted: number }> {
  const { rows: councils } = await db.query<Council>(
    `select ${columns} from councils c where c.tenant_id = $1 order by c.name limit $2 offset $3`,
    [tenantId, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from councils where tenant_id = $1`,
    [tenantId],
  )
  return { councils, counted: rows[0]?.count ?? 0 }
}

export async function findCouncil(db: Queryable, tenantId: string, name: string): Promise<Council | undefined> {
  const { rows } = await db.query<Council>(`select ${columns} from councils c where c.tenant_id = $1 and c.name = $2`, [
    tenantId,
    name,
  ])
  return rows[0]
}

/** Keeps the council as it is until the transaction ends; what names it can be written meanwhile. */
export async function lockCouncil(db: Queryable, tenantId: string, name: string): Promise<Council | undefined> {
  await db.query(`select from councils where tenant_id = $1 and name = $2 for no key update`, [tenantId, name])
  return findCouncil(db, tenantId, name)
}

/** The councils on which a member sits, kept as they are until the transaction ends. */
export async function lockCouncilsOf(db: Queryable, tenantId: string, memberId: string): Promise<Council[]> {
  const { rows } = await db.query<Council>(
    `select ${columns} from councils c where c.tenant_id = $1 and exists (select from council_members s
        where s.tenant_id = $1 and s.council_id = c.id and s.member_id = $2)
      order by c.name for no key update of c`,
    [tenantId, memberId],
  )
  return rows
}

export async function updateCouncil(db: Queryable, council: Council): Promise<void> {
  const { tenantId, id, title, domain, threshold } = council
  await db.query(`update councils set title = $3, domain = $4, threshold = $5 where tenant_id = $1 and id = $2`, [
    tenantId,
    id,
    title,
    domain,
    JSON.stringify(threshold),
  ])
  await db.query(`delete from council_members where tenant_id = $1 and council_id = $2`, [tenantId, id])
  await seatMembers(db, council)
}

export async function deleteCouncil(db: Queryable, tenantId: string, id: string): Promise<void> {
  await db.query(`delete from councils where tenant_id = $1 and id = $2`, [tenantId, id])
}

export async function unseatMember(db: Queryable, tenantId: string, memberId: string): Promise<void> {
  await db.query(`delete from council_members where tenant_id = $1 and member_id = $2`, [tenantId, memberId])
}

/** Those of the ids that are members, kept as such until the transaction ends. */
export async function lockSeats(db: Queryable, tenantId: string, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from members where tenant_id = $1 and id = any ($2::uuid[]) and removed_at is null order by id for share`,
    [tenantId, ids],
  )
  return rows.map(({ id }) => id)
}

async function seatMembers(db: Queryable, { tenantId, id, memberIds }: Council): Promise<void> {
  await db.query(`insert into council_members (tenant_id, council_id, member_id) select $1, $2, unnest($3::uuid[])`, [
    tenantId,
    id,
    memberIds,
  ])
}
