// Pruning: deletes what is kept for some days only, in small batches. Unlike executions, none of it is anybody's but its own.

import type { Database, Queryable } from './database.ts'
import { pruneIdempotencyKeys } from './idempotency-keys.ts'
import { usualPolicies } from './policies.ts'
import { deleteExpiredSessions } from './sessions.ts'

export interface Pruned {
  readonly of: 'eventReceipts' | 'deliveries' | 'oldNotifications' | 'idempotencyKeys' | 'sessions'
  readonly count: number
}

const usualBatch = 1000

/** Deletes what is older than its tenant's policies say, and tells each batch: whoever iterates may pause, or leave. */
export async function* pruneOld(
  { engine: db, identity }: Pick<Database, 'engine' | 'identity'>,
  now: Date,
  batch = usualBatch,
): AsyncGenerator<Pruned, void, void> {
  const { eventReceiptsDays, deliveriesDays } = usualPolicies
  const receipts = {
    table: 'event_receipts',
    key: ['source', 'event_id'],
    time: 'received_at',
    policy: 'event_receipts_days',
  }
  yield* inBatches('eventReceipts', batch, () =>
    pruneByTime(db, { ...receipts, usualDays: eventReceiptsDays, now, batch }),
  )
  const deliveries = { table: 'deliveries', key: ['id'], time: 'settled_at', policy: 'deliveries_days' }
  yield* inBatches('deliveries', batch, () => pruneByTime(db, { ...deliveries, usualDays: deliveriesDays, now, batch }))
  const { rows } = await db.query<{ tenant_id: string; days: number }>(
    'select tenant_id, notifications_days as days from policies where notifications_days is not null order by tenant_id',
  )
  for (const { tenant_id: tenantId, days } of rows) {
    yield* inBatches('oldNotifications', batch, () => pruneNotifications(db, tenantId, { days, now, batch }))
  }
  yield* inBatches('idempotencyKeys', batch, () => pruneIdempotencyKeys(db, now, batch))
  yield* inBatches('sessions', batch, () => deleteExpiredSessions(identity, now, batch))
}

async function* inBatches(
  of: Pruned['of'],
  batch: number,
  prune: () => Promise<number>,
): AsyncGenerator<Pruned, void, void> {
  for (;;) {
    const count = await prune()
    if (count > 0) yield { of, count }
    if (count < batch) return
  }
}

interface Kind {
  readonly table: string
  /** Beside the tenant. */
  readonly key: readonly string[]
  readonly time: string
  /** The column of `policies` that says for how many days. */
  readonly policy: string
  readonly usualDays: number
  readonly now: Date
  readonly batch: number
}

/** Goes by the index on time, from the oldest on, up to what the shortest policy keeps. */
async function pruneByTime(db: Queryable, { table, key, time, policy, usualDays, now, batch }: Kind): Promise<number> {
  const columns = ['tenant_id', ...key]
  const { rowCount } = await db.query(
    `with shortest as materialized (select least($2::integer, min(${policy})) as days from policies)
      delete from ${table} t using (
        select ${columns.map((name) => `r.${name}`).join(', ')} from ${table} r
        where r.${time} < $1::timestamptz - make_interval(days => (select days from shortest))
          and r.${time} < $1::timestamptz
            - make_interval(days => coalesce((select p.${policy} from policies p where p.tenant_id = r.tenant_id), $2))
        order by r.${time} limit $3 for update skip locked
      ) old where ${columns.map((name) => `t.${name} = old.${name}`).join(' and ')}`,
    [now, usualDays, batch],
  )
  return rowCount ?? 0
}

/** Ids are UUIDv7, so the key bounds the search. */
async function pruneNotifications(
  db: Queryable,
  tenantId: string,
  { days, now, batch }: { readonly days: number; readonly now: Date; readonly batch: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `delete from notifications n using (
        select tenant_id, id from notifications
        where tenant_id = $1 and id < uuid_at($2::timestamptz - make_interval(days => $3)) order by id limit $4
      ) old where n.tenant_id = old.tenant_id and n.id = old.id`,
    [tenantId, now, days, batch],
  )
  return rowCount ?? 0
}
