// Absences: who is out of office when, and who decides meanwhile.

import type { Queryable } from './database.ts'

export interface Absence {
  readonly tenantId: string
  readonly id: string
  readonly memberId: string
  /** Null: nobody stands in. */
  readonly delegateId: string | null
  readonly startsAt: Date
  readonly endsAt: Date
  readonly note: string | null
  readonly createdAt: Date
}

const columns = `b.tenant_id as "tenantId", b.id, b.member_id as "memberId", b.delegate_id as "delegateId",
  b.starts_at as "startsAt", b.ends_at as "endsAt", b.note, b.created_at as "createdAt"`

export async function insertAbsence(client: Queryable, absence: Absence): Promise<void> {
  const { tenantId, id, memberId, delegateId, startsAt, endsAt, note, createdAt } = absence
  await client.query(
    `insert into absences (tenant_id, id, member_id, delegate_id, starts_at, ends_at, note, created_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tenantId, id, memberId, delegateId, startsAt, endsAt, note, createdAt],
  )
}

export interface AbsenceFilter {
  readonly memberId?: string | undefined
  /** Those that end after it. */
  readonly endsAfter?: Date | undefined
  readonly limit: number
  readonly offset: number
}

/** A page of absences by when they begin, and how many there are. */
export async function listAbsences(
  db: Queryable,
  tenantId: string,
  { memberId, endsAfter, limit, offset }: AbsenceFilter,
): Promise<{ readonly absences: Absence[]; readonly counted: number }> {
  const where = `b.tenant_id = $1 and ($2::uuid is null or b.member_id = $2) and ($3::timestamptz is null or b.ends_at > $3)`
  const values = [tenantId, memberId ?? null, endsAfter ?? null]
  const { rows: absences } = await db.query<Absence>(
    `select ${columns} from absences b where ${where} order by b.starts_at, b.id limit $4 offset $5`,
    [...values, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from absences b where ${where}`,
    values,
  )
  return { absences, counted: rows[0]?.count ?? 0 }
}

export async function findAbsence(db: Queryable, tenantId: string, id: string): Promise<Absence | undefined> {
  const { rows } = await db.query<Absence>(`select ${columns} from absences b where b.tenant_id = $1 and b.id = $2`, [
    tenantId,
    id,
  ])
  return rows[0]
}

export async function deleteAbsence(client: Queryable, tenantId: string, id: string): Promise<void> {
  await client.query(`delete from absences where tenant_id = $1 and id = $2`, [tenantId, id])
}

export interface StandIn {
  readonly memberId: string
  readonly delegateId: string
}

/** Who stands in at a moment for those of these members who are away. */
export async function listStandIns(
  db: Queryable,
  tenantId: string,
  memberIds: readonly string[],
  now: Date,
): Promise<StandIn[]> {
  const { rows } = await db.query<StandIn>({
    name: 'list_stand_ins',
    text: `select b.member_id as "memberId", b.delegate_id as "delegateId" from absences b
      join members t on t.tenant_id = b.tenant_id and t.id = b.delegate_id and t.removed_at is null
      where b.tenant_id = $1 and b.member_id = any ($2::uuid[]) and b.starts_at <= $3 and b.ends_at > $3 order by b.id`,
    values: [tenantId, memberIds, now],
  })
  return rows
}
