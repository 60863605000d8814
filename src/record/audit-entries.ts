// The audit's entries as they are read: in order for checking and export, newest first for people.

import type { Json } from '../kernel/json.ts'
import { type ChainEntry, type ChainHead, noHash } from './audit-chain.ts'
import type { Queryable } from './database.ts'

/** The columns as text, exactly as the hash covers them. */
const chainColumns = `e.seq::float8 as seq, to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  e.actor_kind as "actorKind", e.actor_id as "actorId", e.actor_name as "actorName", e.channel, e.address,
  e.request_id as "requestId", e.action, e.object_type as "objectType", e.object_id as "objectId",
  e.object_name as "objectName", e.before::text as before, e.after::text as after,
  encode(e.previous, 'hex') as previous, encode(e.hash, 'hex') as hash`

export interface ChainPage {
  readonly entries: readonly ChainEntry[]
  /** Where the chain ended at the moment at which the entries were read. */
  readonly head: ChainHead
}

/** A page of the chain after a number. Entries of the same number, which only the owner can make, stay on one page. */
export async function readChain(db: Queryable, tenantId: string, after: number, limit: number): Promise<ChainPage> {
  const { rows } = await db.query<ChainEntry & { headSeq: number | null; headHash: string | null }>({
    name: 'read_chain',
    text: `select h.seq::float8 as "headSeq", encode(h.hash, 'hex') as "headHash", e.*
      from (values (1)) one left join audit_heads h on h.tenant_id = $1
      left join lateral (
        select ${chainColumns} from audit_entries e where e.tenant_id = $1 and e.seq > $2
        order by e.seq fetch first $3 rows with ties
      ) e on true`,
    values: [tenantId, after, limit],
  })
  const [first] = rows
  const head = { seq: first?.headSeq ?? 0, hash: first?.headHash ?? noHash }
  return { head, entries: rows.filter(({ seq }) => seq !== null) }
}

/** The stored hash of one entry; undefined when there is none of this number. */
export async function findChainHash(db: Queryable, tenantId: string, seq: number): Promise<string | undefined> {
  const { rows } = await db.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from audit_entries where tenant_id = $1 and seq = $2`,
    [tenantId, seq],
  )
  return rows[0]?.hash
}

/** Where a tenant's chain ends. */
export async function readChainHead(db: Queryable, tenantId: string): Promise<ChainHead> {
  const { rows } = await db.query<ChainHead>(
    `select seq::float8 as seq, encode(hash, 'hex') as hash from audit_heads where tenant_id = $1`,
    [tenantId],
  )
  return rows[0] ?? { seq: 0, hash: noHash }
}

/** Where each chain ends, of all tenants, by the tenant's slug. */
export async function listChainHeads(db: Queryable): Promise<(ChainHead & { readonly tenant: string })[]> {
  const { rows } = await db.query<ChainHead & { tenant: string }>(
    `select t.slug as tenant, h.seq::float8 as seq, encode(h.hash, 'hex') as hash
      from audit_heads h join tenants t on t.id = h.tenant_id where h.seq > 0 order by t.slug`,
  )
  return rows
}

/** The number of the last entry that is older than a moment, or nearly so where clocks disagree. */
export async function lastBefore(db: Queryable, tenantId: string, moment: Date): Promise<number> {
  const { rows } = await db.query<{ seq: number | null }>(
    `select min(seq)::float8 - 1 as seq from audit_entries where tenant_id = $1 and at >= $2`,
    [tenantId, moment],
  )
  return rows[0]?.seq ?? (await readChainHead(db, tenantId)).seq
}

export interface AuditFilter {
  /** `member:<id>`, `agent:<id>`, `operator`, `system`. */
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly objectType?: string | undefined
  readonly objectId?: string | undefined
  readonly channel?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

export interface AuditRow extends Omit<ChainEntry, 'at' | 'before' | 'after' | 'previous'> {
  readonly at: Date
  readonly before: Json
  readonly after: Json
}

const wanted = `e.tenant_id = $1 and ($2::text is null or e.actor_kind = $2) and ($3::text is null or e.actor_id = $3)
  and ($4::text is null or e.action = $4) and ($5::text is null or e.object_type = $5)
  and ($6::text is null or e.object_id = $6) and ($7::text is null or e.channel = $7)
  and ($8::timestamptz is null or e.at >= $8) and ($9::timestamptz is null or e.at < $9)`

function filterValues(tenantId: string, filter: AuditFilter): unknown[] {
  const [kind = null, id = null] = filter.actor?.split(':') ?? []
  const { action, objectType, objectId, channel, since, until } = filter
  return [tenantId, kind, id, ...[action, objectType, objectId, channel, since, until].map((value) => value ?? null)]
}

/** A page of the entries that a filter leaves, newest first. Without names: the plan depends on what is asked for. */
export async function listAuditEntries(
  db: Queryable,
  tenantId: string,
  filter: AuditFilter & { readonly limit: number; readonly offset: number },
): Promise<AuditRow[]> {
  const { rows } = await db.query<AuditRow>(
    `select e.seq::float8 as seq, e.at, e.actor_kind as "actorKind", e.actor_id as "actorId", e.actor_name as "actorName",
        e.channel, e.address, e.request_id as "requestId", e.action, e.object_type as "objectType",
        e.object_id as "objectId", e.object_name as "objectName", e.before, e.after, encode(e.hash, 'hex') as hash
      from audit_entries e where ${wanted} order by e.seq desc limit $10 offset $11`,
    [...filterValues(tenantId, filter), filter.limit, filter.offset],
  )
  return rows
}

/** How many entries a filter leaves; counting stops after `most`. */
export async function countAuditEntries(
  db: Queryable,
  tenantId: string,
  filter: AuditFilter,
  most: number,
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from (select from audit_entries e where ${wanted} limit $10) counted`,
    [...filterValues(tenantId, filter), most],
  )
  return rows[0]?.count ?? 0
}
