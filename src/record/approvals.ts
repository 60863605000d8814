// Approvals: what waits for people's votes, from its asking to its end.

import type { Json, JsonObject } from '../kernel/json.ts'
import type { QuorumRule } from '../kernel/voting/tally.ts'
import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'
import { type Approval, approvalColumns, approvalFacts, type ApprovalStatus } from './approval-row.ts'
import { columnText, jsonText } from './json-text.ts'
import { asks } from './members.ts'
import { lockExecutions } from './lock-order.ts'

export type { Approval, ApprovalStatus } from './approval-row.ts'

/** One that holds a step of an execution. */
export interface NewApproval extends ExecutionKey {
  readonly id: string
  readonly step: string
  readonly item: number | undefined
  readonly summary: string
  readonly details: Json
  readonly approvers: JsonObject
  readonly quorum: QuorumRule
  readonly expiresAt: Date | undefined
  readonly createdAt: Date
  /** Of an effect that a policy holds: what a decision signs. Absent where the step itself asks. */
  readonly holds?: { readonly impact: 'A' | 'B' | 'C'; readonly contentHash: string; readonly content: Json }
}

export async function insertApprovals(client: Queryable, approvals: readonly NewApproval[]): Promise<void> {
  await client.query({
    name: 'insert_approvals',
    text: `insert into approvals (tenant_id, id, execution_id, step, item, status, summary, details, approvers, quorum, expires_at,
        created_at, kind, impact, content_hash, content)
      select a.tenant_id, a.id, a.execution_id, a.step, a.item, 'pending', a.summary, a.details, a.approvers, a.quorum, a.expires_at,
        a.created_at, case when a.content_hash is null then 'step' else 'run' end, a.impact, a.content_hash, a.content
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::jsonb[], $8::jsonb[], $9::jsonb[],
        $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[], $14::json[])
        as a (tenant_id, id, execution_id, step, item, summary, details, approvers, quorum, expires_at, created_at, impact,
          content_hash, content)`,
    values: [
      approvals.map((approval) => approval.tenantId),
      approvals.map((approval) => approval.id),
      approvals.map((approval) => approval.executionId),
      approvals.map((approval) => approval.step),
      approvals.map((approval) => approval.item ?? null),
      approvals.map((approval) => columnText(approval.summary)),
      approvals.map((approval) => (approval.details === null ? null : jsonText(approval.details))),
      approvals.map((approval) => jsonText(approval.approvers)),
      approvals.map((approval) => jsonText(approval.quorum)),
      approvals.map((approval) => approval.expiresAt ?? null),
      approvals.map((approval) => approval.createdAt),
      approvals.map((approval) => approval.holds?.impact ?? null),
      approvals.map((approval) => approval.holds?.contentHash ?? null),
      approvals.map((approval) => (approval.holds === undefined ? null : jsonText(approval.holds.content))),
    ],
  })
}

/** The approval, locked for the transaction: whoever else decides on it waits. */
export async function lockApproval(client: Queryable, tenantId: string, id: string): Promise<Approval | undefined> {
  const [approval] = await lockApprovals(client, tenantId, [id])
  return approval
}

/** Those of the ids that exist, locked in the order of their ids, so that two transactions never wait for each other. */
export async function lockApprovals(client: Queryable, tenantId: string, ids: readonly string[]): Promise<Approval[]> {
  const { rows } = await client.query<Approval>({
    name: 'lock_approvals',
    text: `select ${approvalColumns} from approvals a where a.tenant_id = $1 and a.id = any ($2::uuid[]) order by a.id for update`,
    values: [tenantId, ids],
  })
  return rows
}

/** Keeps the executions that approvals hold as they are: to be called where more than one of them is decided in a transaction. */
export async function lockHeld(client: Queryable, approvals: readonly Approval[]): Promise<void> {
  const keys = approvals.flatMap(({ tenantId, executionId: id }) =>
    id === null ? [] : [{ tenantId, executionId: id }],
  )
  if (keys.length > 0) await lockExecutions(client, keys)
}

/** Settles an approval that is pending. */
export async function settleApproval(
  client: Queryable,
  approval: Pick<Approval, 'tenantId' | 'id'>,
  status: Exclude<ApprovalStatus, 'pending'>,
  at: Date,
  reason: string | null = null,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approvals set status = $3, decided_at = $4, closed_reason = $5, next_reminder_at = null
      where tenant_id = $1 and id = $2 and status = 'pending'`,
    [approval.tenantId, approval.id, status, at, reason],
  )
  return rowCount === 1
}

/** What the approvers changed it to, and the hash of that; those who are to decide on it now are told. */
export async function editApproval(
  client: Queryable,
  { tenantId, id }: Pick<Approval, 'tenantId' | 'id'>,
  edit: Json,
  hash: string,
): Promise<void> {
  await client.query(
    `update approvals set edit = $3, edit_hash = $4, told_at = null where tenant_id = $1 and id = $2 and status = 'pending'`,
    [tenantId, id, jsonText(edit), hash],
  )
}

export async function extendApproval(
  client: Queryable,
  { tenantId, id }: Pick<Approval, 'tenantId' | 'id'>,
  expiresAt: Date,
): Promise<void> {
  await client.query(`update approvals set expires_at = $3 where tenant_id = $1 and id = $2 and status = 'pending'`, [
    tenantId,
    id,
    expiresAt,
  ])
}

/** Null when it can be met again. */
export async function markUnreachable(
  client: Queryable,
  { tenantId, id }: Pick<Approval, 'tenantId' | 'id'>,
  at: Date | null,
): Promise<void> {
  await client.query(
    `update approvals set unreachable_at = $3 where tenant_id = $1 and id = $2 and status = 'pending'`,
    [tenantId, id, at],
  )
}

/** By whom an execution was started, and who made the version that it runs. */
export interface ExecutionHands {
  /** Of one that was started by the clock in the name of a draft: who submitted that. */
  readonly startedBy: string
  readonly createdBy: string
}

/** `version` is the one that it runs by now; the one that it began with when absent. */
export async function findExecutionHands(
  db: Queryable,
  tenantId: string,
  executionId: string,
  version?: number,
): Promise<ExecutionHands | undefined> {
  const { rows } = await db.query<ExecutionHands>({
    name: 'find_execution_hands',
    text: `select coalesce(${submitterOf('e')}, e.started_by) as "startedBy", ${makerOf('e', '$3::integer')} as "createdBy"
      from executions e where e.tenant_id = $1 and e.id = $2`,
    values: [tenantId, executionId, version ?? null],
  })
  return rows[0]
}

/** Who submitted the draft in whose name the execution `alias` was started; null where there is none. */
export const submitterOf = (alias: string): string => `(select d.submitted_by from drafts d where d.tenant_id = $1
    and d.id = case when ${alias}.started_by like 'draft:%' then substr(${alias}.started_by, 7)::uuid end)`

/** Who made this version of the workflow of the execution `alias`; the one that it began with where it is null. */
export const makerOf = (alias: string, version: string): string => `coalesce(
    (select r.created_by from workflow_versions r
      where r.tenant_id = $1 and r.workflow_id = ${alias}.workflow_id and r.version = ${version}),
    (select r.created_by from workflow_versions r where r.tenant_id = $1 and r.id = ${alias}.version_id))`

/** The pending ones that ask any of these members, that they voted on, or that were handed to them. */
export async function findPendingOf(db: Queryable, tenantId: string, memberIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select a.id from approvals a where a.tenant_id = $1 and a.status = 'pending' and (
        exists (select from unnest($2::uuid[]) m (id) where ${asks('a.approvers', 'm.id')})
        or exists (select from approval_votes v where v.tenant_id = $1 and v.approval_id = a.id
          and (v.member_id = any ($2::uuid[]) or v.on_behalf_of = any ($2::uuid[])))
        or exists (select from approval_delegations d where d.tenant_id = $1 and d.approval_id = a.id
          and (d.member_id = any ($2::uuid[]) or d.delegate_id = any ($2::uuid[]))))`,
    [tenantId, memberIds],
  )
  return rows.map(({ id }) => id)
}

/** The pending ones that ask a council. */
export async function findPendingOfCouncil(db: Queryable, tenantId: string, council: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select a.id from approvals a where a.tenant_id = $1 and a.council = $2 and a.status = 'pending'`,
    [tenantId, council],
  )
  return rows.map(({ id }) => id)
}

export interface PendingApproval extends Approval {
  /** Null where it is about no workflow. */
  readonly workflow: string | null
  readonly approvals: number
}

export interface PendingFilter {
  readonly id?: string
  /** Those that wait for this member: who is asked and has not voted. */
  readonly memberId?: string
  readonly executionId?: string
  readonly limit: number
  readonly offset: number
}

/** Of an approval as `alias`: the name of the workflow whose execution it holds, or whose version it is about. */
export const workflowName = (
  alias: string,
): string => `(select w.name from workflows w where w.tenant_id = $1 and w.id = coalesce(
    (select e.workflow_id from executions e where e.tenant_id = $1 and e.id = ${alias}.execution_id),
    (select v.workflow_id from workflow_versions v where v.tenant_id = $1 and v.id = ${alias}.subject_id)))`

/** How many votes of a sort count: those on what it is about now. */
export const votesOf = (vote: 'approve' | 'reject'): string => `(select count(*)::integer from approval_votes v
    where v.tenant_id = a.tenant_id and v.approval_id = a.id and v.vote = '${vote}'
      and (a.edit_hash is null or v.content_hash = a.edit_hash))`

/** Approvals that still wait at `now`, those that expire first in front. */
export async function listPendingApprovals(
  db: Queryable,
  tenantId: string,
  filter: PendingFilter,
  now: Date,
): Promise<PendingApproval[]> {
  const { rows } = await db.query<PendingApproval>(
    `select ${approvalColumns}, ${workflowName('a')} as workflow, ${votesOf('approve')} as approvals
      from (
        select * from approvals a
        where a.tenant_id = $1 and a.status = 'pending' and (a.expires_at is null or a.expires_at > $2)
          and ($3::uuid is null or a.execution_id = $3)
          and ($4::uuid is null or (${asks('a.approvers', '$4')} and not exists (select from approval_votes v
            where v.tenant_id = a.tenant_id and v.approval_id = a.id and v.member_id = $4)))
          and ($7::uuid is null or a.id = $7)
        order by a.expires_at nulls last, a.id limit $5 offset $6
      ) a order by a.expires_at nulls last, a.id`,
    [
      tenantId,
      now,
      filter.executionId ?? null,
      filter.memberId ?? null,
      filter.limit,
      filter.offset,
      filter.id ?? null,
    ],
  )
  return rows
}

/** The pending one about a subject. */
export async function findPendingOfSubject(
  db: Queryable,
  tenantId: string,
  kind: string,
  subjectId: string,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select a.id from approvals a
      where a.tenant_id = $1 and a.kind = $2 and a.subject_id = $3 and a.status = 'pending' order by a.id`,
    [tenantId, kind, subjectId],
  )
  return rows.map(({ id }) => id)
}

/** What was approved last of what an approval is about; of a version, of any version of its workflow. */
export async function findLastApproved(
  db: Queryable,
  { tenantId, id, kind, subjectId }: Approval,
): Promise<Approval | undefined> {
  const { rows } = await db.query<Approval>(
    `select ${approvalFacts}, a.content, a.edit, a.details from approvals a
      where a.tenant_id = $1 and a.kind = $2 and a.status = 'approved' and a.id <> $4
        and a.subject_id = any (array(select $3::uuid union all
          select s.id from workflow_versions v join workflow_versions s on s.tenant_id = v.tenant_id and s.workflow_id = v.workflow_id
          where v.tenant_id = $1 and v.id = $3))
      order by a.decided_at desc, a.id desc limit 1`,
    [tenantId, kind, subjectId, id],
  )
  return rows[0]
}

/** Those about objects of the platform that were asked by the threshold of a council follow it. */
export async function followThreshold(
  client: Queryable,
  tenantId: string,
  council: string,
  { before, after }: { readonly before: QuorumRule; readonly after: QuorumRule },
): Promise<void> {
  await client.query(
    `update approvals set quorum = $4
      where tenant_id = $1 and council = $2 and status = 'pending' and subject_id is not null and quorum = $3`,
    [tenantId, council, JSON.stringify(before), JSON.stringify(after)],
  )
}
