// Lists of approvals, and one of them as people look at it.

import type { Hand } from '../kernel/voting/separation.ts'
import { type Approval, approvalFacts, type ApprovalKind, type ApprovalStatus } from './approval-row.ts'
import { votesOf, workflowName } from './approvals.ts'
import { askedOf, waitsFor } from './approval-turns.ts'
import type { Queryable } from './database.ts'
import { type DraftViewer, seesDraftOf } from './draft-lists.ts'
import { allOf, listStatement, textLimit } from './list-statement.ts'

export interface ApprovalListFilter {
  /** `pending`: it waits now. `decided`: closed in whichever way. */
  readonly status: ApprovalStatus | 'decided' | 'all'
  /** Whom it asks; of pending ones those where it is the member's turn. */
  readonly memberId?: string | undefined
  /** Pending ones where it is not this member's turn. */
  readonly notFor?: string | undefined
  /** Whose hands in an execution keep them from voting on its steps, by the policy; nobody's when absent. */
  readonly separation?: readonly Hand[] | undefined
  readonly kind?: ApprovalKind | undefined
  readonly impact?: 'A' | 'B' | 'C' | undefined
  /** Its name. */
  readonly council?: string | undefined
  readonly executionId?: string | undefined
  /** Its name. */
  readonly workflow?: string | undefined
  readonly expiresBefore?: Date | undefined
  /** Who looks: drafts are not for everybody, and so are approvals of them. Everybody's when absent. */
  readonly viewer?: DraftViewer | undefined
}

export interface Slice {
  readonly limit: number
  readonly offset: number
}

export interface ListedApproval extends Omit<Approval, 'details' | 'content' | 'edit'> {
  /** Null where it is about no workflow. */
  readonly workflow: string | null
  readonly approvals: number
  readonly rejections: number
}

const columns = `${approvalFacts}, ${workflowName('a')} as workflow, ${votesOf('approve')} as approvals, ${votesOf('reject')} as rejections`

/** Pending ones by when they expire, others the newest first. */
export async function pageOfApprovals(
  db: Queryable,
  tenantId: string,
  filter: ApprovalListFilter & Slice,
  now: Date,
): Promise<ListedApproval[]> {
  const { source, order, values } = sourceOf(filter, tenantId, now)
  const offset = filter.offset === 0 ? '' : `offset $${values.push(filter.offset)}`
  const text = `select ${columns} from (
      ${source} limit ${textLimit(filter.limit)} ${offset}
    ) a order by ${order}`
  const { rows } = await db.query<ListedApproval>(listStatement(text, values))
  return rows.slice(0, filter.limit)
}

/** How many approvals pass the filter, counted up to `most`. */
export async function countApprovals(
  db: Queryable,
  tenantId: string,
  filter: ApprovalListFilter,
  now: Date,
  most: number,
): Promise<number> {
  const { source, values } = sourceOf(filter, tenantId, now)
  const text = `select count(*)::integer as counted from (${source} limit ${most}) n`
  const { rows } = await db.query<{ counted: number }>(listStatement(text, values))
  return rows[0]?.counted ?? 0
}

export type ApprovalDetail = ListedApproval & Approval

export async function findApproval(
  db: Queryable,
  tenantId: string,
  id: string,
  { reference, memberId, seesAll }: DraftViewer,
  now: Date,
): Promise<ApprovalDetail | undefined> {
  const { rows } = await db.query<ApprovalDetail>({
    name: 'find_approval',
    text: `select ${columns}, a.details, a.content, a.edit from approvals a where a.tenant_id = $1 and a.id = $2 and ${isSeen}`,
    values: [tenantId, id, reference, memberId, seesAll, now],
  })
  return rows[0]
}

/** Those of the ids that somebody sees. */
export async function findSeenApprovals(
  db: Queryable,
  tenantId: string,
  ids: readonly string[],
  { reference, memberId, seesAll }: DraftViewer,
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>({
    name: 'find_seen_approvals',
    text: `select a.id from approvals a where a.tenant_id = $1 and a.id = any ($2::uuid[]) and ${isSeen}`,
    values: [tenantId, ids, reference, memberId, seesAll, now],
  })
  return new Set(rows.map(({ id }) => id))
}

const seenBy = (given: Parameters<typeof seesDraftOf>[1]): string => `(a.kind <> 'draft' or ${seesDraftOf('a', given)})`
const isSeen = seenBy({ reference: '$3', member: '$4', seesAll: '$5', now: '$6' })

/**
 * A scan of one index in the order of the page, fenced off by `offset 0`, so that the planner stops when the page is full, whatever
 * it thinks of the other filters. An order outside of the fence would make it read all of the scan.
 */
function sourceOf(filter: ApprovalListFilter, tenantId: string, now: Date) {
  const { status, memberId, notFor, separation = [], executionId, workflow, expiresBefore, viewer } = filter
  const values: unknown[] = [tenantId]
  const give = (value: unknown): string => `$${values.push(value)}`
  const scanned = ['a.tenant_id = $1', ...namedBy(filter, give)]
  const rest: string[] = []
  const at = status === 'pending' ? give(now) : ''
  // One whose time is up waits no more, even where nobody has written that down yet.
  if (status === 'pending') scanned.push(`a.status = 'pending' and (a.expires_at is null or a.expires_at > ${at})`)
  if (status === 'decided') rest.push(`a.status <> 'pending'`)
  if (executionId !== undefined) scanned.push(`a.execution_id = ${give(executionId)}`)
  if (expiresBefore !== undefined) scanned.push(`a.expires_at < ${give(expiresBefore)}`)
  if (workflow !== undefined) rest.push(`${workflowName('a')} = ${give(workflow)}`)
  if (memberId !== undefined) {
    const member = `${give(memberId)}::uuid`
    rest.push(status === 'pending' ? waitsFor(member, at, separation) : askedOf(member))
  }
  if (status === 'pending' && notFor !== undefined)
    rest.push(`not ${waitsFor(`${give(notFor)}::uuid`, at, separation)}`)
  if (viewer?.seesAll === false) {
    const [reference, member, seesAll] = [give(viewer.reference), give(viewer.memberId), give(viewer.seesAll)]
    rest.push(seenBy({ reference, member, seesAll, now: at === '' ? give(now) : at }))
  }
  const order = status === 'pending' ? 'a.expires_at nulls last, a.id' : 'a.id desc'
  const scan = `select a.* from approvals a where ${scanned.join(' and ')} order by ${order} offset 0`
  return { source: `select a.* from (${scan}) a ${allOf(rest)}`, order, values }
}

/** What has an index of its own; kinds and statuses stand in the text, so that the planner knows the partial ones. */
function namedBy(
  { status, kind, impact, council }: ApprovalListFilter,
  give: (value: unknown) => string,
): readonly string[] {
  return [
    ...(status === 'pending' || status === 'decided' || status === 'all' ? [] : [`a.status = '${status}'`]),
    ...(kind === undefined ? [] : [`a.kind = '${kind}'`]),
    ...(impact === undefined ? [] : [`a.impact = '${impact}'`]),
    ...(council === undefined ? [] : [`a.council = ${give(council)}`]),
  ]
}

/** Looked up row by row, as a value: the planner makes no join of whole tables of it. */
export const ofWorkflow = (alias: string, name: string): string => `(select e.workflow_id from executions e
    where e.tenant_id = ${alias}.tenant_id and e.id = ${alias}.execution_id)
    = (select w.id from workflows w where w.tenant_id = $1 and w.name = ${name})`

/** The workflow of what stands in a list, looked up by its key: without `limit 1` the planner might join whole tables. */
export const workflowJoins = (alias: string): string => `cross join lateral (select e.workflow_id from executions e
    where e.tenant_id = $1 and e.id = ${alias}.execution_id limit 1) e
  cross join lateral (select w.name from workflows w where w.tenant_id = $1 and w.id = e.workflow_id limit 1) w`
