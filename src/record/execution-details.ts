// One execution as people look at it, and the votes that were cast in it.

import type { Json, JsonObject } from '../kernel/json.ts'
import type { Failure } from '../kernel/plan/journal.ts'
import type { Approvers } from '../kernel/voting/rule-problem.ts'
import type { Queryable } from './database.ts'
import { executionJoins, type ListedExecution, nameOf } from './execution-lists.ts'

export interface ExecutionDetail extends Omit<ListedExecution, 'failure'> {
  readonly workflowId: string
  readonly versionId: string
  readonly inputs: JsonObject
  readonly trigger: JsonObject
  readonly output: Json
  readonly failure: Failure | null
  readonly parentStep: string | null
  readonly parentItem: number | null
  /** The ids of the first hundred. */
  readonly children: readonly string[]
  readonly concurrencyLimit: number | null
}

/** Executions by id, in no order; those that the tenant does not have are left out. */
export async function findExecutionDetails(
  db: Queryable,
  tenantId: string,
  ids: readonly string[],
): Promise<ExecutionDetail[]> {
  const { rows } = await db.query<ExecutionDetail>({
    name: 'find_execution_details',
    text: `select e.id, w.name as workflow, v.version, e.workflow_id as "workflowId", e.version_id as "versionId",
        coalesce(l.status, d.status) as status, e.inputs, e.trigger, d.output, d.failure, e.started_by as "startedBy",
        ${nameOf('e.started_by')} as "startedByName", e.created_at as "createdAt",
        coalesce(l.started_at, d.started_at) as "startedAt", d.ended_at as "endedAt", e.parent_execution_id as "parentId",
        e.parent_step as "parentStep", e.parent_item as "parentItem", e.concurrency_limit as "concurrencyLimit",
        array(select c.id from executions c where c.tenant_id = $1 and c.parent_execution_id = e.id
          and c.parent_execution_id is not null order by c.id limit 100) as children
      from (select distinct id from unnest($2::uuid[]) as g (id)) page ${executionJoins}`,
    values: [tenantId, ids],
  })
  return rows
}

export async function findExecutionDetail(
  db: Queryable,
  tenantId: string,
  id: string,
): Promise<ExecutionDetail | undefined> {
  const [found] = await findExecutionDetails(db, tenantId, [id])
  return found
}

/** What an idempotent start is told again, and held against. */
export interface StartedExecution {
  readonly id: string
  readonly workflow: string
  readonly definition: Json
  readonly inputs: JsonObject
  readonly createdAt: Date
}

/** The execution that took a dedupe key first. */
export async function findStarted(
  db: Queryable,
  tenantId: string,
  dedupeKey: string,
): Promise<StartedExecution | undefined> {
  const { rows } = await db.query<StartedExecution>({
    name: 'find_started_execution',
    text: `select e.id, w.name as workflow, v.definition, e.inputs, e.created_at as "createdAt" from executions e
      join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
      join workflow_versions v on v.tenant_id = e.tenant_id and v.id = e.version_id
      where e.tenant_id = $1 and e.dedupe_key = $2`,
    values: [tenantId, dedupeKey],
  })
  return rows[0]
}

/** A version of the workflow of an execution. */
export async function findVersionOf(
  db: Queryable,
  tenantId: string,
  workflowId: string,
  version: number | 'current',
): Promise<{ readonly id: string; readonly version: number; readonly definition: Json } | undefined> {
  const { rows } = await db.query<{ id: string; version: number; definition: Json }>(
    `select v.id, v.version, v.definition from workflow_versions v
      join workflows w on w.tenant_id = v.tenant_id and w.id = v.workflow_id
      where v.tenant_id = $1 and v.workflow_id = $2 and v.version = coalesce($3::integer, w.current_version)`,
    [tenantId, workflowId, version === 'current' ? null : version],
  )
  return rows[0]
}

/** How many events an execution's journal has: their numbers have no gaps. */
export async function countJournal(db: Queryable, tenantId: string, executionId: string): Promise<number> {
  const { rows } = await db.query<{ last: number | null }>({
    name: 'count_journal',
    text: 'select max(seq) as last from journal where tenant_id = $1 and execution_id = $2',
    values: [tenantId, executionId],
  })
  return rows[0]?.last ?? 0
}

/** Whether the tenant has it. */
export async function hasExecution(db: Queryable, tenantId: string, id: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'has_execution',
    text: 'select from executions where tenant_id = $1 and id = $2',
    values: [tenantId, id],
  })
  return rowCount === 1
}

export interface ExecutionVote {
  readonly approvalId: string
  readonly step: string
  readonly item: number | null
  readonly memberId: string
  readonly name: string
  readonly email: string
  readonly vote: 'approve' | 'reject'
  readonly reason: string | null
  readonly channel: string
  readonly createdAt: Date
}

/** The votes on all approvals of an execution, in the order in which they were cast. */
export async function listExecutionVotes(
  db: Queryable,
  tenantId: string,
  executionId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly votes: readonly ExecutionVote[]; readonly counted: number }> {
  const from = `approvals a join approval_votes v on v.tenant_id = a.tenant_id and v.approval_id = a.id
      where a.tenant_id = $1 and a.execution_id = $2`
  const { rows } = await db.query<ExecutionVote>({
    name: 'list_execution_votes',
    text: `select v.approval_id as "approvalId", v.step, v.item, v.member_id as "memberId", v.vote, v.reason, v.channel,
        v.created_at as "createdAt", m.name, m.email
      from (select v.*, a.step, a.item from ${from} order by v.ordinal limit $3 offset $4) v
        join members m on m.tenant_id = v.tenant_id and m.id = v.member_id
      order by v.ordinal`,
    values: [tenantId, executionId, page.limit, page.offset],
  })
  if (rows.length > 0 && rows.length < page.limit) return { votes: rows, counted: page.offset + rows.length }
  const { rows: counts } = await db.query<{ counted: number }>({
    name: 'count_execution_votes',
    text: `select count(*)::integer as counted from ${from}`,
    values: [tenantId, executionId],
  })
  return { votes: rows, counted: counts[0]?.counted ?? 0 }
}

export interface WaitingApproval {
  readonly id: string
  readonly approvers: Approvers
  readonly approvals: number
}

/** Whom the open approvals of some executions ask, and how many have said yes. */
export async function listWaitingApprovals(
  db: Queryable,
  tenantId: string,
  executionIds: readonly string[],
): Promise<WaitingApproval[]> {
  const { rows } = await db.query<WaitingApproval>({
    name: 'list_waiting_approvals',
    text: `select a.id, a.approvers, (select count(*)::integer from approval_votes v
        where v.tenant_id = a.tenant_id and v.approval_id = a.id and v.vote = 'approve') as approvals
      from approvals a where a.tenant_id = $1 and a.execution_id = any ($2::uuid[]) and a.status = 'pending'`,
    values: [tenantId, executionIds],
  })
  return rows
}
