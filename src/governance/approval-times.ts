// What happens to approvals by the clock: those who are asked are told and reminded, and what nobody decided in time is asked of
// others or ends. Nothing is ever approved by waiting.

import { systemOf } from '../kernel/access/actor.ts'
import type { Json } from '../kernel/json.ts'
import { parseDuration } from '../kernel/schedule/duration.ts'
import {
  type Due,
  type DueApproval,
  escalateApproval,
  findDue,
  listDue,
  lockDue,
  lockDueOf,
} from '../record/approval-times.ts'
import { type Approval, lockApproval } from '../record/approvals.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import { asTenant, type Database, type Queryable } from '../record/database.ts'
import { readGovernance } from '../record/policies.ts'
import type { DecisionParts } from './approval-kinds.ts'
import { tellApprovers, type TellingParts } from './approval-mail.ts'
import { reachProblem, standingOf } from './approval-standing.ts'
import { endApproval, objectOf, whereOf } from './settle-approval.ts'

export interface ApprovalTimeParts extends DecisionParts, TellingParts {
  readonly database: Database
  readonly report: (level: 'warn', message: string, detail: { readonly [key: string]: string | number }) => void
}

/** Approvals of one page; those of a tenant in it are told in one transaction. */
const pageSize = 50

/**
 * Does what is due at `now`, in pages. Several processes may do it at once: each approval is locked by one, and looked at again
 * once it is. Whatever fails is reported, left as it was, and found due again the next time.
 */
export async function keepApprovals(parts: ApprovalTimeParts, now: number): Promise<void> {
  const at = new Date(now)
  const { engine } = parts.database
  const due = await findDue(engine, at)
  if (due.includes('expired')) {
    await inPages(parts, 'expired', at, (page) => eachOf(parts, page, (one) => endInTime(parts, one, at)))
  }
  // Those who are asked instead, since just now, are told at once.
  for (const one of ['untold', 'reminder'] as const) {
    if (!due.includes(one) && !(one === 'untold' && due.includes('expired'))) continue
    await inPages(parts, one, at, (page) => {
      const tenants = [...Map.groupBy(page, ({ tenantId }) => tenantId)]
      return eachOf(parts, tenants, ([tenantId, some]) => tell(parts, tenantId, some, one, at))
    })
  }
}

async function inPages(
  { database }: ApprovalTimeParts,
  due: Due,
  now: Date,
  work: (page: readonly DueApproval[]) => Promise<void>,
): Promise<void> {
  let after: DueApproval | undefined
  do {
    const page = await listDue(database.engine, due, now, { after, limit: pageSize })
    await work(page)
    after = page.length < pageSize ? undefined : page.at(-1)
  } while (after !== undefined)
}

/** One that fails holds up none of the others. */
async function eachOf<T>(
  { report }: ApprovalTimeParts,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (const item of items) {
    try {
      await work(item)
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      report('warn', 'Approvals that were due met trouble; they are tried again.', { error: said })
    }
  }
}

/** As the tenant, as if somebody had decided: the subject is changed by the same handlers with the same rights. */
async function endInTime(parts: ApprovalTimeParts, due: DueApproval, now: Date): Promise<void> {
  const { tenantId, id } = due
  await asTenant(parts.database, tenantId, async (client) => {
    if (!(await lockDue(client, due, 'expired', now))) return
    const approval = await lockApproval(client, tenantId, id)
    if (approval === undefined) return
    const entries = (await escalated(client, approval, now)) ?? (await expired(parts, client, approval))
    await appendAudit(client, systemOf(tenantId), entries)
  })
}

/** Asks those who were named for it, for as long as the first were asked. Undefined when there are none, or they are too few. */
async function escalated(client: Queryable, approval: Approval, now: Date): Promise<AuditEntry[] | undefined> {
  const { escalateTo: approvers, expiresAt, createdAt, approvers: asked } = approval
  if (approvers === null || expiresAt === null) return undefined
  const next: Approval = { ...approval, approvers, escalateTo: null }
  if (reachProblem(await standingOf(client, next, now)) !== undefined) return undefined
  const until = new Date(now.getTime() + Math.max(expiresAt.getTime() - createdAt.getTime(), shortestMs))
  await escalateApproval(client, approval, { to: approvers, at: now, until })
  const before: Json = { approvers: { ...asked } }
  const after: Json = { approvers: { ...approvers }, expires_at: until.toISOString(), ...whereOf(approval) }
  return [{ action: 'approval.escalated', object: objectOf(approval), before, after, at: now }]
}

/** So that an expiry which somebody set into the past leaves time to decide. */
const shortestMs = 60_000

async function expired(
  parts: ApprovalTimeParts,
  client: Queryable,
  approval: Approval,
): Promise<readonly AuditEntry[]> {
  const reason = approval.escalateTo === null ? null : 'Those who were to be asked instead are too few for the rule.'
  const ended = await endApproval(parts, client, systemOf(approval.tenantId), approval, {
    status: 'expired',
    reason,
    votes: [],
  })
  if (ended.ok) return ended.value.entries
  throw new Error(ended.problems.map(({ message }) => message).join(' '))
}

async function tell(
  parts: ApprovalTimeParts,
  tenantId: string,
  page: readonly DueApproval[],
  due: 'untold' | 'reminder',
  now: Date,
): Promise<void> {
  await asTenant(parts.database, tenantId, async (client) => {
    const ids = page.map(({ id }) => id)
    const approvals = await lockDueOf(client, tenantId, ids, due, now)
    if (approvals.length === 0) return
    const { reminders } = await readGovernance(client, tenantId)
    const everyMs = reminders === null ? null : (parseDuration(reminders) ?? null)
    const entries = await tellApprovers(parts, client, tenantId, approvals, { due, now, everyMs })
    if (entries.length > 0) await appendAudit(client, systemOf(tenantId), entries)
  })
}
