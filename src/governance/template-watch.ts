// Watches how often templates run at once: an unusual rate is told to the council, and runs go on.

import { judgeRate, neverUnusual, usualOverMs, watchedMs } from '../kernel/template/unusual-rate.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { insertNotifications } from '../record/notifications.ts'
import {
  councilSeats,
  countRuns,
  firstRunAt,
  insertFlag,
  type TemplateFlag,
  wasFlagged,
  type Watched,
} from '../record/template-uses.ts'
import type { Template } from '../record/templates.ts'
import { objectOf } from './template-content.ts'

interface WatchParts {
  readonly newId: () => string
}

/** A run that was just written down, and by whom. */
export interface WatchedRun {
  readonly template: Template
  readonly executionId: string
  /** `member:<id>` or `agent:<id>`. */
  readonly usedBy: string
  readonly userName: string
  readonly at: Date
}

/** Flags what is unusual, once an hour at most. Returns the audit entries and appends nothing. */
export async function watchRun(parts: WatchParts, client: Queryable, run: WatchedRun): Promise<AuditEntry[]> {
  const { usedBy } = run
  const entries: AuditEntry[] = []
  for (const watched of [{ templateId: run.template.id }, { usedBy }]) {
    const flag = await unusual(parts, client, run, watched)
    if (flag !== undefined) entries.push(await raise(parts, client, run, flag))
  }
  return entries
}

async function unusual(
  { newId }: WatchParts,
  client: Queryable,
  { template: { tenantId, id: templateId }, at }: WatchedRun,
  watched: Watched,
): Promise<TemplateFlag | undefined> {
  const now = at.getTime()
  const hourAgo = new Date(now - watchedMs)
  // This run is of this very moment.
  const runs = await countRuns(client, tenantId, watched, hourAgo, new Date(now + 1))
  if (runs <= neverUnusual) return undefined
  const usedBy = 'usedBy' in watched ? watched.usedBy : null
  if (await wasFlagged(client, tenantId, { templateId, usedBy }, hourAgo)) return undefined
  const before = await countRuns(client, tenantId, watched, new Date(now - usualOverMs), hourAgo)
  const first = (await firstRunAt(client, tenantId, watched)) ?? at
  const { usual, isUnusual } = judgeRate({ runs, before, knownMs: now - first.getTime() })
  if (!isUnusual) return undefined
  const kind = usedBy === null ? 'template' : 'member'
  return { tenantId, id: newId(), templateId, watched: kind, usedBy, runs, usualPerHour: usual, createdAt: at }
}

async function raise(
  { newId }: WatchParts,
  client: Queryable,
  { template, executionId, userName }: WatchedRun,
  flag: TemplateFlag,
): Promise<AuditEntry> {
  const { tenantId, createdAt, runs, usualPerHour, watched, usedBy } = flag
  await insertFlag(client, flag)
  const { approvedByCouncilId, name, title } = template
  const members = approvedByCouncilId === null ? [] : await councilSeats(client, tenantId, approvedByCouncilId)
  const usual = `usual is ${usualPerHour < 1 ? 'less than one' : Math.round(usualPerHour)} an hour`
  const who = watched === 'member' ? `${userName} ran pre-approved templates` : `The template "${name}" ran`
  const message = `${who} ${runs} times within an hour; ${usual}. Revoke its pre-approval if that is not wanted.`
  const notice = { tenantId, executionId, title: `Unusual use of "${title}"`, message, createdAt }
  await insertNotifications(
    client,
    members.map((memberId) => ({ ...notice, id: newId(), memberId })),
  )
  const after = { watched, used_by: usedBy, runs, usual_per_hour: usualPerHour, told: members.length }
  return { action: 'template.flagged', object: objectOf(template), after, at: createdAt }
}
