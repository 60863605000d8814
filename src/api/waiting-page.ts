// Pages of what waits for people: approvals and forms are asked for alike.

import { z } from 'zod'
import { failed, ok, type Result } from '../kernel/problem.ts'
import type { Queryable } from '../record/database.ts'
import { hasExecution } from '../record/execution-details.ts'
import { totalOf } from './counted-totals.ts'
import { mostCounted, pageFacts, pageQuery } from './page.ts'
import type { CallContext } from './route.ts'
import { noExecution } from './routes/executions.ts'
import { givenId } from './shapes/execution.ts'
import { workflowName } from './shapes/workflow.ts'

/** Query parameters besides the status. */
export const waitingQuery = {
  mine: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: '`true`: those that ask me, and of pending ones those that still wait for me.' }),
  execution_id: givenId.optional().meta({ description: 'Those of this execution.' }),
  workflow: workflowName.optional(),
  expires_before: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-21T12:00:00Z' })
    .optional()
    .meta({ description: 'Those that expire before this moment.' }),
  ...pageQuery,
}

type WaitingQuery = z.output<z.ZodObject<typeof waitingQuery>>

interface Filter<Status> {
  readonly status: Status
  readonly memberId: string | undefined
  readonly executionId: string | undefined
  readonly workflow: string | undefined
  readonly expiresBefore: Date | undefined
}

interface Lists<Status, Row> {
  /** What is listed. */
  readonly name: string
  readonly page: (
    db: Queryable,
    tenantId: string,
    filter: Filter<Status> & { limit: number; offset: number },
    now: Date,
  ) => Promise<Row[]>
  readonly count: (db: Queryable, tenantId: string, filter: Filter<Status>, now: Date, most: number) => Promise<number>
}

/** The rows of a page and the facts about it. Problem: `not_found` for an execution that is not there. */
export async function waitingPage<Status, Row>(
  { db, parts, principal, query }: CallContext & { readonly query: WaitingQuery & { readonly status: Status } },
  { name, page, count }: Lists<Status, Row>,
): Promise<Result<{ rows: readonly Row[]; facts: ReturnType<typeof pageFacts> }>> {
  const { tenantId, id } = principal
  const { status, mine, workflow, execution_id: executionId, expires_before: before, limit, offset } = query
  if (executionId !== undefined && !(await hasExecution(db, tenantId, executionId))) {
    return failed(noExecution(executionId))
  }
  const expiresBefore = before === undefined ? undefined : new Date(before)
  const filter = { status, workflow, executionId, expiresBefore, memberId: mine === 'true' ? id : undefined }
  const now = new Date(parts.now())
  const rows = await page(db, tenantId, { ...filter, limit, offset }, now)
  const key = `${name} ${tenantId} ${JSON.stringify(filter)}`
  const counted = await totalOf({ limit, offset, seen: rows.length }, key, parts.now, () =>
    count(db, tenantId, filter, now, mostCounted + 1),
  )
  return ok({ rows, facts: pageFacts(counted, query) })
}
