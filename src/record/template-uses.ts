// Uses of templates, each counted once, and what was flagged of them.

import type { Queryable } from './database.ts'
import { type NewExecution, startExecutions } from './executions.ts'

export interface TemplateUseRow {
  readonly tenantId: string
  readonly id: string
  readonly templateId: string
  /** `member:<id>` or `agent:<id>`. */
  readonly usedBy: string
  readonly createdAt: Date
}

/** What a use has made: an execution at once, or a draft. */
export type Made = { readonly executionId: string } | { readonly draftId: string }

/**
 * Writes down a use and counts it, in one statement: what the counter says is how many rows there are. False when this
 * execution or draft was counted before.
 */
export async function recordUse(db: Queryable, use: TemplateUseRow, made: Made): Promise<boolean> {
  const [executionId, draftId] = 'executionId' in made ? [made.executionId, null] : [null, made.draftId]
  const { rowCount } = await db.query(
    `with used as (
        insert into template_uses (tenant_id, id, template_id, kind, execution_id, draft_id, used_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1
      )
      update templates t set usage_count = t.usage_count + 1, last_used_at = greatest(t.last_used_at, $8)
      from used where t.tenant_id = $1 and t.id = $3`,
    [
      use.tenantId,
      use.id,
      use.templateId,
      executionId === null ? 'draft' : 'run',
      executionId,
      draftId,
      use.usedBy,
      use.createdAt,
    ],
  )
  return rowCount === 1
}

/** Starts an execution with the transaction, whatever the status of its workflow, and tells the workers. */
export async function startInstantRun(db: Queryable, execution: NewExecution): Promise<void> {
  await startExecutions(db, [execution])
  await db.query(`select pg_notify('countersign_runnable', '')`)
}

/** Whose instant runs are counted: all of a template, or all by one member or agent. */
export type Watched = { readonly templateId: string } | { readonly usedBy: string }

const whose = (watched: Watched): readonly [column: string, value: string] =>
  'templateId' in watched ? ['template_id', watched.templateId] : ['used_by', watched.usedBy]

/** Instant runs from a moment on, before another. */
export async function countRuns(
  db: Queryable,
  tenantId: string,
  watched: Watched,
  from: Date,
  before: Date,
): Promise<number> {
  const [column, value] = whose(watched)
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from template_uses
      where tenant_id = $1 and ${column} = $2 and kind = 'run' and created_at >= $3 and created_at < $4`,
    [tenantId, value, from, before],
  )
  return rows[0]?.count ?? 0
}

/** When the first use was, null before there is one. */
export async function firstRunAt(db: Queryable, tenantId: string, watched: Watched): Promise<Date | null> {
  const [column, value] = whose(watched)
  const { rows } = await db.query<{ at: Date | null }>(
    `select min(created_at) as at from template_uses where tenant_id = $1 and ${column} = $2 and kind = 'run'`,
    [tenantId, value],
  )
  return rows[0]?.at ?? null
}

export interface TemplateFlag {
  readonly tenantId: string
  readonly id: string
  readonly templateId: string
  readonly watched: 'template' | 'member'
  /** Of `member`. */
  readonly usedBy: string | null
  readonly runs: number
  readonly usualPerHour: number
  readonly createdAt: Date
}

export async function insertFlag(db: Queryable, flag: TemplateFlag): Promise<void> {
  await db.query(
    `insert into template_flags (tenant_id, id, template_id, watched, used_by, runs, usual_per_hour, created_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [flag.tenantId, flag.id, flag.templateId, flag.watched, flag.usedBy, flag.runs, flag.usualPerHour, flag.createdAt],
  )
}

/** Whether the template, or the member with this template, was flagged since a moment. */
export async function wasFlagged(
  db: Queryable,
  tenantId: string,
  { templateId, usedBy }: { readonly templateId: string; readonly usedBy: string | null },
  since: Date,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from template_flags where tenant_id = $1 and template_id = $2 and used_by is not distinct from $3
        and created_at > $4 limit 1`,
    [tenantId, templateId, usedBy, since],
  )
  return (rowCount ?? 0) > 0
}

/** The last ten, the newest in front. */
export async function listFlags(db: Queryable, tenantId: string, templateId: string): Promise<TemplateFlag[]> {
  const { rows } = await db.query<TemplateFlag>(
    `select tenant_id as "tenantId", id, template_id as "templateId", watched, used_by as "usedBy", runs,
        usual_per_hour as "usualPerHour", created_at as "createdAt"
      from template_flags where tenant_id = $1 and template_id = $2 order by created_at desc, id desc limit 10`,
    [tenantId, templateId],
  )
  return rows
}

/** The ids of those who sit on a council now. */
export async function councilSeats(db: Queryable, tenantId: string, councilId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select s.member_id as id from council_members s join members m on m.tenant_id = s.tenant_id and m.id = s.member_id
      where s.tenant_id = $1 and s.council_id = $2 and m.removed_at is null order by s.member_id`,
    [tenantId, councilId],
  )
  return rows.map(({ id }) => id)
}
