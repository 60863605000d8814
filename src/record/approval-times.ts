// Approvals by the clock: which of them are due for something, and what that changes.

import type { Approvers } from '../kernel/voting/rule-problem.ts'
import { type Approval, approvalColumns } from './approval-row.ts'
import { workflowName } from './approvals.ts'
import type { Queryable } from './database.ts'

/** `expired`: time is up. `untold`: nobody has told those who are asked. `reminder`: somebody is to be reminded. */
export type Due = 'expired' | 'untold' | 'reminder'

/**
 * In words that name the index of each. The engine itself ends the waits of executions. Whoever is untold is told whatever
 * the clock says, since clocks are set back too.
 */
const dues: Readonly<Record<Due, { readonly at: string; readonly where: (now: string) => string }>> = {
  expired: {
    at: 'expires_at',
    where: (now) => `status = 'pending' and kind <> 'step' and kind <> 'run' and expires_at <= ${now}`,
  },
  untold: {
    at: 'created_at',
    where: (now) => `status = 'pending' and told_at is null and (expires_at is null or expires_at > ${now})`,
  },
  reminder: {
    at: 'next_reminder_at',
    where: (now) =>
      `status = 'pending' and told_at is not null and next_reminder_at <= ${now} and (expires_at is null or expires_at > ${now})`,
  },
}

/** What is due at all, in one round trip: most of the time nothing is. */
export async function findDue(db: Queryable, now: Date): Promise<readonly Due[]> {
  const { rows } = await db.query<{ due: Due }>({
    name: 'find_due_approvals',
    text: Object.entries(dues)
      .map(([due, { where }]) => `select '${due}' as due where exists (select from approvals where ${where('$1')})`)
      .join(' union all '),
    values: [now],
  })
  return rows.map(({ due }) => due)
}

export interface DueApproval {
  readonly tenantId: string
  readonly id: string
  readonly at: Date
}

/** A page of them, of all tenants, the longest due first; `after` is the last one of the page before. Locks nothing. */
export async function listDue(
  db: Queryable,
  due: Due,
  now: Date,
  { after, limit }: { readonly after: DueApproval | undefined; readonly limit: number },
): Promise<DueApproval[]> {
  const { where, at } = dues[due]
  const { rows } = await db.query<DueApproval>(
    `select tenant_id as "tenantId", id, ${at} as at from approvals
      where ${where('$1')} and ($2::timestamptz is null or (${at}, id) > ($2, $3::uuid))
      order by ${at}, id limit $4`,
    [now, after?.at ?? null, after?.id ?? null, limit],
  )
  return rows
}

/** Whether it is still due; then it is locked, and whoever else holds it does what is to be done. */
export async function lockDue(client: Queryable, { tenantId, id }: DueApproval, due: Due, now: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from approvals where tenant_id = $1 and id = $2 and ${dues[due].where('$3')} for update skip locked`,
    [tenantId, id, now],
  )
  return rowCount === 1
}

/** What is said of an approval to those who are asked. */
export type ToldApproval = Approval & { readonly workflow: string | null }

/** Locks those of them that are still due and that nobody else holds. */
export async function lockDueOf(
  client: Queryable,
  tenantId: string,
  ids: readonly string[],
  due: Due,
  now: Date,
): Promise<ToldApproval[]> {
  const { rows } = await client.query<ToldApproval>(
    `select ${approvalColumns}, ${workflowName('a')} as workflow
      from approvals a where a.tenant_id = $1 and a.id = any ($2) and ${dues[due].where('$3')}
      order by a.id for update of a skip locked`,
    [tenantId, ids, now],
  )
  return rows
}

/**
 * They are told now, and again after `everyMs` where they don't say themselves how often; never when both are absent. The next
 * time is counted from now: what was missed while the clock stood still or ran ahead is not made up for.
 */
export async function markTold(
  client: Queryable,
  tenantId: string,
  ids: readonly string[],
  { now, everyMs }: { readonly now: Date; readonly everyMs: number | null },
): Promise<void> {
  await client.query(
    `update approvals set told_at = $3, remind_every_ms = coalesce(remind_every_ms, $4),
        next_reminder_at = $3::timestamptz + make_interval(secs => coalesce(remind_every_ms, $4) / 1000.0)
      where tenant_id = $1 and id = any ($2) and status = 'pending'`,
    [tenantId, ids, now, everyMs],
  )
}

/** Asks others, whom nobody has told yet. What was voted stands, and counts where the voters are asked again. */
export async function escalateApproval(
  client: Queryable,
  { tenantId, id }: Pick<Approval, 'tenantId' | 'id'>,
  { to, at, until }: { readonly to: Approvers; readonly at: Date; readonly until: Date },
): Promise<void> {
  await client.query(
    `update approvals set approvers = $3, expires_at = $4, escalated_at = $5, escalate_to = null, unreachable_at = null,
        told_at = null, next_reminder_at = null
      where tenant_id = $1 and id = $2 and status = 'pending'`,
    [tenantId, id, JSON.stringify(to), until, at],
  )
}
