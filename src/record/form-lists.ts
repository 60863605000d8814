// Lists of forms, and one of them as people look at it.

import { ofWorkflow, type Slice, workflowJoins } from './approval-lists.ts'
import type { Queryable } from './database.ts'
import { type Form, formColumns } from './forms.ts'
import { allOf, listStatement, textLimit } from './list-statement.ts'
import { asks } from './members.ts'

export interface FormListFilter {
  /** `pending`: it waits now. `closed`: submitted, expired or cancelled. */
  readonly status: 'pending' | 'closed' | 'all'
  /** Whom it asks. */
  readonly memberId?: string | undefined
  readonly executionId?: string | undefined
  /** Its name. */
  readonly workflow?: string | undefined
  readonly expiresBefore?: Date | undefined
}

export interface ListedForm extends Form {
  readonly workflow: string
}

const columns = `${formColumns}, w.name as workflow`

/** Pending ones by when they expire, others the newest first. */
export async function pageOfForms(
  db: Queryable,
  tenantId: string,
  filter: FormListFilter & Slice,
  now: Date,
): Promise<ListedForm[]> {
  const { source, order, values } = sourceOf(filter, tenantId, now)
  const offset = filter.offset === 0 ? '' : `offset $${values.push(filter.offset)}`
  const text = `select ${columns} from (
      ${source} limit ${textLimit(filter.limit)} ${offset}
    ) f ${workflowJoins('f')} order by ${order}`
  const { rows } = await db.query<ListedForm>(listStatement(text, values))
  return rows.slice(0, filter.limit)
}

/** How many forms pass the filter, counted up to `most`. */
export async function countForms(
  db: Queryable,
  tenantId: string,
  filter: FormListFilter,
  now: Date,
  most: number,
): Promise<number> {
  const { source, values } = sourceOf(filter, tenantId, now)
  const text = `select count(*)::integer as counted from (${source} limit ${most}) n`
  const { rows } = await db.query<{ counted: number }>(listStatement(text, values))
  return rows[0]?.counted ?? 0
}

export async function findForm(db: Queryable, tenantId: string, id: string): Promise<ListedForm | undefined> {
  const { rows } = await db.query<ListedForm>({
    name: 'find_form',
    text: `select ${columns} from forms f ${workflowJoins('f')} where f.tenant_id = $1 and f.id = $2`,
    values: [tenantId, id],
  })
  return rows[0]
}

/**
 * A scan of one index in the order of the page, fenced off by `offset 0`, so that the planner stops when the page is full, whatever
 * it thinks of the other filters. An order outside of the fence would make it read all of the scan.
 */
function sourceOf(filter: FormListFilter, tenantId: string, now: Date) {
  const { status, memberId, executionId, workflow, expiresBefore } = filter
  const values: unknown[] = [tenantId]
  const give = (value: unknown): string => `$${values.push(value)}`
  const scanned = ['f.tenant_id = $1']
  const rest: string[] = []
  if (status === 'pending')
    scanned.push(`f.status = 'pending' and (f.expires_at is null or f.expires_at > ${give(now)})`)
  if (status === 'closed') rest.push(`f.status <> 'pending'`)
  if (executionId !== undefined) scanned.push(`f.execution_id = ${give(executionId)}`)
  if (expiresBefore !== undefined) scanned.push(`f.expires_at < ${give(expiresBefore)}`)
  if (workflow !== undefined) rest.push(ofWorkflow('f', give(workflow)))
  if (memberId !== undefined) rest.push(asks(`f.request -> 'audience'`, `${give(memberId)}::uuid`))
  const order = status === 'pending' ? 'f.expires_at nulls last, f.id' : 'f.id desc'
  const scan = `select f.* from forms f where ${scanned.join(' and ')} order by ${order} offset 0`
  return { source: `select f.* from (${scan}) f ${allOf(rest)}`, order, values }
}
