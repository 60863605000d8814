// Lists of executions: a page by any of the filters, and how many there are. Each is cut from an index, however large the tenant.

import { type ExecutionStatus, isEnded } from '../kernel/plan/moves.ts'
import type { Queryable } from './database.ts'
import { allOf, listStatement, textLimit } from './list-statement.ts'

export interface ExecutionListFilter {
  readonly status?: ExecutionStatus | undefined
  /** Its name. */
  readonly workflow?: string | undefined
  /** `member:<id>` or `agent:<id>`: these have an index. */
  readonly startedBy?: string | undefined
  /** Name of a council that one of its approvals asked. */
  readonly council?: string | undefined
  readonly parentId?: string | undefined
  /** From this moment on, by the time in its id. */
  readonly createdAfter?: Date | undefined
  /** Before this moment. */
  readonly createdBefore?: Date | undefined
}

export interface ExecutionPage extends ExecutionListFilter {
  readonly order: 'newest' | 'oldest'
  readonly limit: number
  readonly offset: number
}

export interface ListedExecution {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly status: ExecutionStatus
  readonly startedBy: string
  readonly startedByName: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly parentId: string | null
  readonly failure: { readonly code: string; readonly message: string } | null
}

/** The name of who is behind a reference such as `member:<id>`; null for what is no member and no agent of $1. */
export const nameOf = (reference: string): string => `case
    when ${reference} ~ '^member:[0-9a-f-]{36}$' then
      (select m.name from members m where m.tenant_id = $1 and m.id = substr(${reference}, 8)::uuid)
    when ${reference} ~ '^agent:[0-9a-f-]{36}$' then
      (select g.name from agents g where g.tenant_id = $1 and g.id = substr(${reference}, 7)::uuid) end`

const columns = `e.id, w.name as workflow, v.version, coalesce(l.status, d.status) as status, e.started_by as "startedBy",
  n.name as "startedByName", e.created_at as "createdAt",
  coalesce(l.started_at, d.started_at) as "startedAt", d.ended_at as "endedAt", e.parent_execution_id as "parentId",
  case when d.failure is not null then
    jsonb_build_object('code', d.failure -> 'code', 'message', left(d.failure ->> 'message', 500)) end as failure`
const rowOf = (table: string, id: string, alias: string): string =>
  `lateral (select * from ${table} t where t.tenant_id = $1 and t.id = ${id} limit 1) ${alias}`

/** What belongs to ids `page.id`, each looked up by its key: without `limit 1` the planner might join whole tables. */
export const executionJoins = `cross join ${rowOf('executions', 'page.id', 'e')}
  left join ${rowOf('live_executions', 'page.id', 'l')} on true
  left join ${rowOf('execution_ends', 'page.id', 'd')} on true
  cross join ${rowOf('workflows', 'e.workflow_id', 'w')}
  cross join ${rowOf('workflow_versions', 'e.version_id', 'v')}`

/** Joined, so that the planner keeps the names of those who stand behind many of a page. */
const starterJoin = `left join lateral (select ${nameOf('e.started_by')} as name offset 0) n on true`

export async function pageOfExecutions(
  db: Queryable,
  tenantId: string,
  page: ExecutionPage,
): Promise<ListedExecution[]> {
  const { source, values } = sourceOf(page, tenantId)
  const direction = directions[page.order]
  const offset = page.offset === 0 ? '' : `offset $${values.push(page.offset)}`
  const text = `select ${columns} from (${source} limit ${textLimit(page.limit)} ${offset}) page
    ${executionJoins} ${starterJoin} order by page.id ${direction}`
  const { rows } = await db.query<ListedExecution>(listStatement(text, values))
  return rows.slice(0, page.limit)
}

/** How many executions pass the filter, counted up to `most`. */
export async function countExecutions(
  db: Queryable,
  tenantId: string,
  filter: ExecutionListFilter,
  most: number,
): Promise<number> {
  const { source, values } = sourceOf({ ...filter, order: 'newest' }, tenantId)
  const text = `select count(*)::integer as counted from (${source} limit ${most}) n`
  const { rows } = await db.query<{ counted: number }>(listStatement(text, values))
  return rows[0]?.counted ?? 0
}

const directions = { newest: 'desc', oldest: 'asc' } as const

type Ordered = ExecutionListFilter & Pick<ExecutionPage, 'order'>
type Give = (value: unknown) => string

interface Source {
  /** A query over ids `p.id` in the order of the page, without its limit. */
  readonly source: string
  readonly values: unknown[]
}

/**
 * The ids that a page is cut from: out of the index of one filter, in the order of the page, and fenced off by `offset 0`, so that
 * the planner stops when the page is full, whatever it thinks of the other filters. Those are values looked up id by id: of an
 * `exists` it would make a join of whole tables. An order outside of the fence would make it read all of the scan.
 */
function sourceOf(filter: Ordered, tenantId: string): Source {
  const values: unknown[] = [tenantId]
  const give: Give = (value) => `$${values.push(value)}`
  const table = tableFor(filter)
  const { id, kept, where, first = '' } = scans[table](filter, give)
  const direction = directions[filter.order]
  const scan = `select p.tenant_id, ${id} as id${kept} from ${table} p
    where ${['p.tenant_id = $1', ...where, ...boundsOf(id, filter, give)].join(' and ')}
    order by ${first === '' ? '' : `${first} ${direction}, `}${id} ${direction} offset 0`
  const rest = lookUps(filter, table, give)
  return { source: `select p.id from (${scan}) p ${allOf(rest)}`, values }
}

type Table = 'executions' | 'live_executions' | 'execution_ends' | 'approvals'

function tableFor({ parentId, startedBy, council, status, workflow }: ExecutionListFilter): Table {
  if (parentId !== undefined || startedBy !== undefined) return 'executions'
  if (council !== undefined) return 'approvals'
  if (status === undefined) return 'executions'
  if (!isEnded(status)) return 'live_executions'
  // Those that did not complete are few, and have an index; those that did are met soon, by the workflow's index as well.
  return status === 'completed' && workflow !== undefined ? 'executions' : 'execution_ends'
}

interface Scan {
  readonly id: 'p.id' | 'p.execution_id'
  /** What the index is sorted by before the id. */
  readonly first?: string
  /** Columns that look-ups read. */
  readonly kept: string
  readonly where: readonly string[]
}

const scans: Readonly<Record<Table, (filter: ExecutionListFilter, give: Give) => Scan>> = {
  executions: (filter, give) => ({ id: 'p.id', kept: ', p.workflow_id, p.started_by', ...ownTrait(filter, give) }),
  live_executions: ({ status }, give) => ({ id: 'p.id', kept: '', where: [`p.status = ${give(status)}`] }),
  execution_ends: ({ status }, give) => {
    const isBad = status !== 'completed'
    return {
      id: 'p.id',
      kept: '',
      where: [`p.status = ${give(status)}`, ...(isBad ? [`p.status <> 'completed'`] : [])],
    }
  },
  approvals: ({ council }, give) => ({
    id: 'p.execution_id',
    kept: ', p.id as approval_id, p.council',
    where: [`p.council = ${give(council)}`],
  }),
}

/** The one with an index that leaves fewest. */
function ownTrait({ parentId, startedBy, workflow }: ExecutionListFilter, give: Give): Pick<Scan, 'where' | 'first'> {
  if (parentId !== undefined) return { where: [`p.parent_execution_id = ${give(parentId)}`] }
  if (startedBy !== undefined) {
    // The second half is what makes the index fit.
    return {
      where: [`p.started_by = ${give(startedBy)} and (p.started_by like 'member:%' or p.started_by like 'agent:%')`],
    }
  }
  if (workflow === undefined) return { where: [] }
  // Not `=`: the order would be that of the ids as well, and of a workflow that it takes for a usual one the planner would look
  // through all executions.
  const id = idNamed(give(workflow))
  return { where: [`p.workflow_id between ${id} and ${id}`], first: 'p.workflow_id' }
}

const idNamed = (name: string): string => `(select w.id from workflows w where w.tenant_id = $1 and w.name = ${name})`

function boundsOf(id: string, { createdAfter, createdBefore }: ExecutionListFilter, give: Give): string[] {
  return [
    ...(createdAfter === undefined ? [] : [`${id} >= ${give(firstIdAt(createdAfter))}::uuid`]),
    ...(createdBefore === undefined ? [] : [`${id} < ${give(firstIdAt(createdBefore))}::uuid`]),
  ]
}

/** The least UUIDv7 (RFC 9562) of a moment. */
function firstIdAt(moment: Date): string {
  const ms = Math.min(Math.max(moment.getTime(), 0), 2 ** 48 - 1)
  const hex = `${ms.toString(16).padStart(12, '0')}${'0'.repeat(20)}`
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** The filters that the scan has not applied. */
function lookUps(filter: ExecutionListFilter, table: Table, give: Give): string[] {
  const { workflow, startedBy, parentId, council, status } = filter
  const isOwn = table === 'executions'
  const workflowId = isOwn
    ? 'p.workflow_id'
    : `(select e.workflow_id from executions e where e.tenant_id = p.tenant_id and e.id = p.id)`
  const isScanned = isOwn && parentId === undefined && startedBy === undefined
  const found: string[] = []
  if (workflow !== undefined && !isScanned) found.push(`${workflowId} = ${idNamed(give(workflow))}`)
  if (startedBy !== undefined && parentId !== undefined) found.push(`p.started_by = ${give(startedBy)}`)
  if (council !== undefined) found.push(table === 'approvals' ? isFirst : `${firstAsking(give(council))} is not null`)
  const home = status === undefined ? undefined : isEnded(status) ? 'execution_ends' : 'live_executions'
  if (home !== undefined && table !== home) {
    found.push(`(select s.status from ${home} s where s.tenant_id = p.tenant_id and s.id = p.id) = ${give(status)}`)
  }
  return found
}

const firstAsking = (council: string): string => `(select a.id from approvals a
    where a.tenant_id = p.tenant_id and a.council = ${council} and a.execution_id = p.id order by a.id limit 1)`

/** An execution may have asked a council more than once, and is listed once. */
const isFirst = `${firstAsking('p.council')} = p.approval_id`

/** Whether a reference such as `member:<id>` names somebody of the tenant, also somebody who has left. */
export async function isKnownReference(db: Queryable, tenantId: string, reference: string): Promise<boolean> {
  const { rows } = await db.query<{ name: string | null }>({
    name: 'find_reference',
    text: `select ${nameOf('r.reference')} as name from (values ($2::text)) r (reference) where $1::uuid is not null`,
    values: [tenantId, reference],
  })
  return (rows[0]?.name ?? null) !== null
}
