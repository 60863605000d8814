// Closing what steps waited for, once they no longer do.

import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'

export interface ClosedWait extends ExecutionKey {
  /** All waits of the execution when absent. */
  readonly step?: string
  readonly item?: number
  /** What becomes of an approval or form that is still pending; a form is never `void`, it is cancelled. */
  readonly status: 'expired' | 'cancelled' | 'void'
  /** Of what has expired: the approval or form that nobody answered in time. */
  readonly ref?: string
  /** Why an approval was closed without a vote. */
  readonly reason?: string
  readonly at: Date
}

/** What a worker took for expired was answered before it wrote that down: the answer stands. */
export class AnsweredError extends Error {
  override readonly name = 'AnsweredError'
}

/** Forgets event subscriptions and closes approvals and forms that are still pending. Throws `AnsweredError`. */
export async function closeWaits(client: Queryable, waits: readonly ClosedWait[]): Promise<void> {
  const values = [
    waits.map((wait) => wait.tenantId),
    waits.map((wait) => wait.executionId),
    waits.map((wait) => wait.step ?? null),
    waits.map((wait) => wait.item ?? null),
    waits.map((wait) => wait.status),
    waits.map((wait) => wait.at),
    waits.map((wait) => wait.reason ?? null),
  ]
  const closed = `unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::text[], $6::timestamptz[], $7::text[])
    as c (tenant_id, execution_id, step, item, status, at, reason)`
  const same = (table: string) => `${table}.tenant_id = c.tenant_id and ${table}.execution_id = c.execution_id
    and (c.step is null or ${table}.step = c.step)`
  await client.query({
    name: 'close_waits',
    text: `with approvals_closed as (
        update approvals a set status = c.status, decided_at = c.at, closed_reason = c.reason from ${closed}
        where ${same('a')} and (c.item is null or a.item = c.item) and a.status = 'pending'
      ),
      forms_closed as (
        update forms f set status = case c.status when 'void' then 'cancelled' else c.status end, closed_at = c.at from ${closed}
        where ${same('f')} and (c.item is null or f.item = c.item) and f.status = 'pending'
      )
      delete from event_waits w using ${closed} where ${same('w')} and (c.item is null or w.item = c.item)`,
    values,
  })
  await refuseAnswered(client, waits)
}

/** Once they are locked: whoever decides locks an approval first as well. */
async function refuseAnswered(client: Queryable, waits: readonly ClosedWait[]): Promise<void> {
  const expired = waits.flatMap(({ tenantId, status, ref }) => (status === 'expired' && ref ? [{ tenantId, ref }] : []))
  if (expired.length === 0) return
  const { rows } = await client.query<{ id: string }>(
    `select a.id from unnest($1::uuid[], $2::uuid[]) as c (tenant_id, id)
        join approvals a on a.tenant_id = c.tenant_id and a.id = c.id where a.status in ('approved', 'rejected', 'withdrawn')
      union all select f.id from unnest($1::uuid[], $2::uuid[]) as c (tenant_id, id)
        join forms f on f.tenant_id = c.tenant_id and f.id = c.id where f.status = 'submitted'`,
    [expired.map(({ tenantId }) => tenantId), expired.map(({ ref }) => ref)],
  )
  const [answered] = rows
  if (answered !== undefined) throw new AnsweredError(`${answered.id} was answered in the moment in which it expired.`)
}
