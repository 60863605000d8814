// The statement that reads the feed: from the journal, the executions and the stragglers, in the order of transactions.

import type { FeedPosition } from './feed-position.ts'

export interface FeedBounds {
  readonly place: FeedPosition
  /** Epoch ms; later times are not looked at. */
  readonly untilMs: number
  readonly limit: number
  readonly tenantId?: string
  readonly executionId?: string
  readonly types?: readonly string[]
}

/** How far times may lag behind the order of transactions: see the migration. What lags further is a straggler. */
export const lagMs = 4000

const journal = {
  table: 'journal r',
  key: 'r.execution_id, r.seq',
  at: 'r.at',
  columns: `r.tenant_id, r.execution_id, r.seq, r.type::text as type, r.step, r.item, r.attempt, r.outcome, r.at, r.started_at,
    r.data`,
}
const executions = {
  table: 'executions r',
  key: 'r.id, 0',
  at: 'r.created_at',
  columns: `r.tenant_id, r.id, 0, 'execution.started', null, null, null, null, r.created_at, null,
    jsonb_strip_nulls(jsonb_build_object('workflow_id', r.workflow_id, 'version_id', r.version_id, 'started_by', r.started_by,
      'parent_execution_id', r.parent_execution_id))`,
}

/** $1 tenant, $2 types, $3 limit, $4 xid, $5 execution, $6 seq, $7 since, and $8 until or the only execution. */
export function feedStatement(bounds: FeedBounds): { text: string; values: unknown[] } {
  const { place, untilMs, limit, tenantId = null, executionId, types = null } = bounds
  const values = [tenantId, types, limit, place.xid, place.executionId, place.seq, place.sinceMs]
  return executionId === undefined
    ? { text: ofAll, values: [...values, untilMs] }
    : { text: ofOne, values: [...values, executionId] }
}

/** The transaction is known once a row has been met; the rest of the condition is what finds the row. */
function rowsOf({ table, key, columns }: typeof journal, found: string): string {
  const xid = `(select base from head) - age(r.xmin)`
  return `select ${xid} as xid, ${columns} from ${table} where ${found} and ${xid} < (select horizon from head)
    and (${xid}, ${key}) > ((select xid from head), $5::uuid, $6::integer)`
}

const moment = (parameter: string): string => `to_timestamp(${parameter}::float8 / 1000)`
const inSlice = (at: string): string => `${at} >= ${moment('$7')} and ${at} < ${moment('$8')}`
const ofTenant = `($1::uuid is null or r.tenant_id = $1)`
/** Those that the slice does not hold anyway; by their transaction, so that none outside is looked at. */
const straggles = `s.xid >= $4::bigint and s.xid < (select horizon from head) and not (${inSlice('s.at')})
  and r.tenant_id = s.tenant_id`

const allSources = [
  rowsOf(journal, `${ofTenant} and ${inSlice('r.at')}`),
  rowsOf(executions, `${ofTenant} and ${inSlice('r.created_at')}`),
  rowsOf(
    { ...journal, table: 'feed_stragglers s, journal r' },
    `${ofTenant} and ${straggles} and r.execution_id = s.execution_id and r.seq = s.seq`,
  ),
  rowsOf(
    { ...executions, table: 'feed_stragglers s, executions r' },
    `${ofTenant} and ${straggles} and s.seq = 0 and r.id = s.execution_id`,
  ),
]
/** Of one execution by its key, whatever the times. */
const oneSource = [
  rowsOf(journal, 'r.tenant_id = $1 and r.execution_id = $8'),
  rowsOf(executions, 'r.tenant_id = $1 and r.id = $8'),
]

/**
 * A position ahead of the database, as after the restore of a backup, goes by its time. A slice that ends in the past is
 * complete up to the last row that lies the lag before its end: whatever is later is of a later transaction.
 */
const statement = (sources: readonly string[], isBounded: string, untilMs: string): string => `
  with head as materialized (
    select pg_snapshot_xmin(s)::text::bigint as horizon, transaction_base() as base, ${isBounded} as bounded,
      case when $4::bigint > pg_snapshot_xmax(s)::text::bigint then 0 else $4::bigint end as xid
    from (select pg_current_snapshot() as s) snapshot
  ),
  fresh (xid, tenant_id, execution_id, seq, type, step, item, attempt, outcome, at, started_at, data) as materialized (
    ${sources.join('\n union all ')}
  ),
  told as materialized (
    select f.*, exists (
      select from feed_stragglers s where s.xid = f.xid and s.execution_id = f.execution_id and s.seq = f.seq) as late
    from fresh f
  ),
  done as materialized (
    select bounded, case when bounded then (
        select coalesce(max(xid) + 1, 0) from told where not late and at < to_timestamp((${untilMs} - ${lagMs}) / 1000)
      ) else horizon end as ceiling
    from head
  )
  select d.ceiling, d.bounded as "isBounded", n.newest, t.xid, t.tenant_id as "tenantId", t.execution_id as "executionId", t.seq,
    t.type, t.step, t.item, t.attempt, t.outcome, extract(epoch from t.at)::float8 * 1000 as at,
    extract(epoch from t.started_at)::float8 * 1000 as "startedAt", t.data, t.late as "isLate"
  from done d
  left join (
    select extract(epoch from least(max(at), now()))::float8 * 1000 as newest from told, done
    where not late and xid < ceiling having max(at) is not null
  ) n on true
  left join lateral (
    select * from told where xid < d.ceiling and ($2::text[] is null or type = any ($2))
    order by xid, execution_id, seq limit $3
  ) t on true
  order by t.xid, t.execution_id, t.seq`

const ofAll = statement(allSources, `$8::float8 < extract(epoch from clock_timestamp()) * 1000 + 2000`, '$8::float8')
const ofOne = statement(oneSource, `$7::float8 is null`, '0')

/** How far everything was committed, and the newest time to tell by among the rows of the last $1 ms. */
export const horizonStatement = `
  with head as materialized (
    select pg_snapshot_xmin(s)::text::bigint as horizon, transaction_base() as base, now() - $1::float8 * interval '1 ms' as since
    from (select pg_current_snapshot() as s) snapshot
  ),
  told (xid, execution_id, seq, at) as (
    select (select base from head) - age(r.xmin), r.execution_id, r.seq, r.at from journal r where r.at >= (select since from head)
    union all
    select (select base from head) - age(r.xmin), r.id, 0, r.created_at from executions r
    where r.created_at >= (select since from head)
  )
  select horizon, since < to_timestamp(0) as "isAll", (
      select extract(epoch from least(max(t.at), now()))::float8 * 1000 from told t where t.xid < horizon and not exists (
        select from feed_stragglers s where s.xid = t.xid and s.execution_id = t.execution_id and s.seq = t.seq)
      having max(t.at) is not null
    ) as newest
  from head`
