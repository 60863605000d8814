// Digests of executions: what an execution was given, its journal and what people decided in it, as one hash.

import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'

/** So many rows of an execution's journal: what a retry adds after them is not part of it. */
export interface DigestKey extends ExecutionKey {
  readonly seq: number
}

export interface ExecutionDigest extends DigestKey {
  readonly workflow: string
  readonly version: number
  /** That the last of the rows says it ended in; null when that row is gone. */
  readonly status: string | null
  readonly startedBy: string
  /** Rows that are there. */
  readonly rows: number
  /** SHA-256, in hexadecimal. */
  readonly digest: string
  /** Whether the result that people see is that of the journal. */
  readonly endAgrees: boolean
}

const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint`
const line = (values: string): string => `sha256(convert_to(json_build_array(${values})::text, 'UTF8'))`
const all = (hash: string, order: string): string =>
  `sha256(coalesce(string_agg(${hash}, ''::bytea order by ${order}), ''::bytea))`

const ofExecution =
  line(`e.tenant_id, e.id, e.workflow_id, v.hash, ${micros('e.created_at')}, e.depth, e.inputs, e.trigger,
  e.started_by, e.dedupe_key, e.concurrency_key, e.concurrency_limit, e.parent_execution_id, e.parent_step, e.parent_item`)
const ofEvent = line(
  `j.seq, j.type, j.step, j.item, j.attempt, j.outcome, ${micros('j.at')}, ${micros('j.started_at')}, j.data`,
)
const ofApproval = line(`a.id, a.step, a.item, a.status, a.summary, a.details, a.approvers, a.quorum,
  ${micros('a.expires_at')}, ${micros('a.created_at')}, ${micros('a.decided_at')}`)
const ofVote = line(`b.approval_id, b.member_id, b.vote, b.reason, b.channel, ${micros('b.created_at')}`)
const ofForm = line(`f.id, f.step, f.item, f.status, f.request,
  ${micros('f.expires_at')}, ${micros('f.created_at')}, ${micros('f.closed_at')}`)

/** What a row of the journal waited for, among the rows that are covered: what later rows ask is not part of the digest. */
const asked = (id: string): string => `exists (
  select from journal w where w.tenant_id = k.tenant_id and w.execution_id = k.id and w.seq <= k.seq
    and w.type = 'step.waiting' and w.data -> 'wait' ->> 'ref' = ${id}::text)`

/**
 * One statement for many. Each row is hashed by itself, so that a long journal takes 32 bytes a row; a version is hashed once,
 * with its definition. Executions that are gone are left out.
 */
const digests = `with keys as materialized (select * from unnest($1::uuid[], $2::uuid[], $3::integer[]) as k (tenant_id, id, seq)),
  versions as materialized (
    select v.tenant_id, v.id, v.version, w.name,
      encode(sha256(convert_to(json_build_array(v.version, v.content_hash, v.definition)::text, 'UTF8')), 'hex') as hash
    from (select distinct e.tenant_id, e.version_id from keys k join executions e on e.tenant_id = k.tenant_id and e.id = k.id) d
    join workflow_versions v on v.tenant_id = d.tenant_id and v.id = d.version_id
    join workflows w on w.tenant_id = v.tenant_id and w.id = v.workflow_id
  )
  select k.tenant_id as "tenantId", k.id as "executionId", k.seq, coalesce(v.name, '') as workflow, coalesce(v.version, 0) as version,
    ended.status, e.started_by as "startedBy", journal.rows,
    encode(sha256(${ofExecution} || journal.hash || approvals.hash || votes.hash || forms.hash), 'hex') as digest,
    coalesce(shown.agrees, true) as "endAgrees"
  from keys k
  join executions e on e.tenant_id = k.tenant_id and e.id = k.id
  left join versions v on v.tenant_id = e.tenant_id and v.id = e.version_id
  cross join lateral (
    select count(*)::integer as rows, ${all(ofEvent, 'j.seq')} as hash
    from journal j where j.tenant_id = k.tenant_id and j.execution_id = k.id and j.seq <= k.seq
  ) journal
  left join lateral (
    select j.data ->> 'status' as status, j.data -> 'output' as output, j.data -> 'failure' as failure
    from journal j where j.tenant_id = k.tenant_id and j.execution_id = k.id and j.seq = k.seq
  ) ended on true
  left join lateral (
    select d.status = ended.status and nullif(d.output, 'null') is not distinct from nullif(ended.output, 'null')
      and nullif(d.failure, 'null') is not distinct from nullif(ended.failure, 'null') as agrees
    from execution_ends d where d.tenant_id = k.tenant_id and d.id = k.id and not exists (
      select from journal n where n.tenant_id = k.tenant_id and n.execution_id = k.id and n.seq = k.seq + 1)
  ) shown on true
  cross join lateral (
    select ${all(ofApproval, 'a.id')} as hash from approvals a
    where a.tenant_id = k.tenant_id and a.execution_id = k.id and ${asked('a.id')}
  ) approvals
  cross join lateral (
    select ${all(ofVote, 'b.approval_id, b.ordinal')} as hash
    from approvals a join approval_votes b on b.tenant_id = a.tenant_id and b.approval_id = a.id
    where a.tenant_id = k.tenant_id and a.execution_id = k.id and ${asked('a.id')}
  ) votes
  cross join lateral (
    select ${all(ofForm, 'f.id')} as hash from forms f
    where f.tenant_id = k.tenant_id and f.execution_id = k.id and ${asked('f.id')}
  ) forms`

/** The digests of executions that exist, in no order. */
export async function digestExecutions(db: Queryable, keys: readonly DigestKey[]): Promise<ExecutionDigest[]> {
  const { rows } = await db.query<ExecutionDigest>({
    name: 'digest_executions',
    text: digests,
    values: [keys.map((key) => key.tenantId), keys.map((key) => key.executionId), keys.map((key) => key.seq)],
  })
  return rows
}
