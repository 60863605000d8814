// Retention: deletes what ended before a moment, in small batches that hold up nobody. Its statements have no names: a plan
// made anew for each costs little beside a thousand executions, and one made while the tables were empty would be kept.

import type { Pool, Queryable } from './database.ts'
import { listExecutionDays } from './policies.ts'

export interface Deletion {
  readonly of: 'executions' | 'notifications' | 'journalRows' | 'journalMonths'
  readonly count: number
}

/** Of executions a statement; of journal rows ten times as many. */
const usualBatch = 1000
const nil = '00000000-0000-0000-0000-000000000000'

/** How long the installation keeps executions. Tenants may keep theirs for a shorter time, not for longer. */
export interface RetentionLimit {
  readonly now: Date
  /** For ever when undefined, unless a tenant's policy says otherwise. */
  readonly retentionMs: number | undefined
}

const dayMs = 86_400_000

/**
 * Deletes the executions that ended too long ago, with everything of theirs, and tells each batch: whoever iterates may
 * pause between them, or leave and come back later. Their journals go last: by the month, once all its executions are gone;
 * where some stay, row by row. Nothing happens while another process does the same.
 */
export async function* deleteEnded(
  pool: Pool,
  limit: RetentionLimit,
  batch = usualBatch,
): AsyncGenerator<Deletion, void, void> {
  const client = await pool.connect()
  try {
    if (!(await isOnlyOne(client))) return
    let latest: Date | undefined
    for (const { tenantId: id, days } of await listExecutionDays(client)) {
      const before = momentBefore(limit, days)
      if (before === undefined) continue
      if (latest === undefined || before > latest) latest = before
      yield* inBatches('executions', batch, (after) => deleteExecutions(client, id, after, before, batch))
      yield* inBatches('notifications', batch, (after) => deleteNotifications(client, id, after, before, batch))
    }
    // A month is dropped only when no execution of any tenant is left of it, so the shortest policy may ask for it.
    if (latest !== undefined) yield* deleteJournals(client, latest, batch)
  } finally {
    await client.query(`select pg_advisory_unlock(hashtext('countersign.retention'))`).then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    )
  }
}

/** What ended before it goes; undefined where everything is kept. */
function momentBefore({ now, retentionMs }: RetentionLimit, days: number | null): Date | undefined {
  const keptMs = Math.min(retentionMs ?? Infinity, days === null ? Infinity : days * dayMs)
  return keptMs === Infinity ? undefined : new Date(now.getTime() - keptMs)
}

async function isOnlyOne(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_lock(hashtext('countersign.retention')) as locked`,
  )
  return rows[0]?.locked === true
}

interface Batch {
  readonly count: number
  /** The id to go on after. */
  readonly last: string | null
}

/** Goes through ids in their order, so that no batch looks again at what the ones before it left or deleted. */
async function* inBatches(
  of: Deletion['of'],
  batch: number,
  deleteAfter: (id: string) => Promise<Batch | undefined>,
): AsyncGenerator<Deletion, void, void> {
  let after = nil
  while (true) {
    const deleted = await deleteAfter(after)
    if (deleted === undefined || deleted.last === null) return
    yield { of, count: deleted.count }
    if (deleted.count < batch) return
    after = deleted.last
  }
}

/**
 * The row of the end is what a retry takes away first: whoever locks it decides. One that a retry holds is passed over; a
 * retry that comes later finds no end. Ids are UUIDv7, and none ends before it begins, so the key alone bounds the search.
 */
async function deleteExecutions(
  client: Queryable,
  tenantId: string,
  after: string,
  before: Date,
  batch: number,
): Promise<Batch | undefined> {
  const all = (table: string, id = 'execution_id') =>
    `${table}_gone as (delete from ${table} t using due d where t.tenant_id = d.tenant_id and t.${id} = d.id)`
  const { rows } = await client.query<Batch>(
    `with due as materialized (
        select tenant_id, id from execution_ends
        where tenant_id = $1 and id > $2 and id < uuid_at($3) and ended_at < $3 order by id limit $4 for update skip locked
      ),
      ${all('execution_ends', 'id')}, ${all('executions', 'id')}, ${all('signals')}, ${all('event_waits')},
      ${all('approvals')}, ${all('forms')}, ${all('chained_ends')}
      select count(*)::integer as count, (select id from due order by id desc limit 1) as last from due`,
    [tenantId, after, before, batch],
  )
  return rows[0]
}

/** Notifications of executions that are gone. They were written before the end, so their own ids find them. */
async function deleteNotifications(
  client: Queryable,
  tenantId: string,
  after: string,
  before: Date,
  batch: number,
): Promise<Batch | undefined> {
  const { rows } = await client.query<Batch>(
    `with due as materialized (
        select tenant_id, id from notifications n
        where tenant_id = $1 and id > $2 and id < uuid_at($3) and execution_id is not null
          and not exists (select from executions e where e.tenant_id = n.tenant_id and e.id = n.execution_id)
        order by id limit $4
      ),
      gone as (delete from notifications n using due d where n.tenant_id = d.tenant_id and n.id = d.id)
      select count(*)::integer as count, (select id from due order by id desc limit 1) as last from due`,
    [tenantId, after, before, batch],
  )
  return rows[0]
}

async function* deleteJournals(client: Queryable, before: Date, batch: number): AsyncGenerator<Deletion, void, void> {
  try {
    while (await dropMonth(client, before)) yield { of: 'journalMonths', count: 1 }
  } catch (error) {
    // Somebody has the journal in use. What can go as a month another time need not go row by row now.
    if (isLockTimeout(error)) return
    throw error
  }
  yield* deleteJournalRows(client, new Date(Date.UTC(before.getUTCFullYear(), before.getUTCMonth())), batch)
}

async function dropMonth(client: Queryable, before: Date): Promise<boolean> {
  const { rows } = await client.query<{ name: string | null }>('select drop_oldest_journal_partition($1) as name', [
    before,
  ])
  return typeof rows[0]?.name === 'string'
}

const isLockTimeout = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '55P03'

/**
 * Deletes the journals of executions that are gone, in months that had to stay because of others. It steps from one
 * execution to the next by the key. Some journals are long, so a batch is bounded by its rows too, and then begins again.
 */
async function* deleteJournalRows(client: Queryable, until: Date, batch: number): AsyncGenerator<Deletion, void, void> {
  const mostRows = 10 * batch
  const next = (id: string) => `select j.tenant_id, j.execution_id from journal j
    where j.execution_id > ${id} and j.execution_id < uuid_at($2) order by j.execution_id limit 1`
  let after = nil
  while (true) {
    const { rows } = await client.query<Batch>(
      `with recursive steps as (
          (${next('$1')}) union all select n.* from steps s cross join lateral (${next('s.execution_id')}) n
        ),
        seen as materialized (select * from steps limit $3),
        gone as materialized (
          select execution_id from seen s
          where not exists (select from executions e where e.tenant_id = s.tenant_id and e.id = s.execution_id)
        ),
        due as materialized (
          select j.execution_id, j.seq from gone g cross join lateral (
            select execution_id, seq from journal
            where execution_id = g.execution_id and execution_id > $1 and execution_id < uuid_at($2) limit $4
          ) j limit $4
        ),
        deleted as (
          delete from journal j using due d where j.execution_id = d.execution_id and j.seq = d.seq
            and j.execution_id > $1 and j.execution_id < uuid_at($2)
        )
        select (select count(*)::integer from due) as count,
          (select execution_id from seen order by execution_id desc limit 1) as last`,
      [after, until, batch, mostRows],
    )
    const [deleted] = rows
    if (deleted === undefined || deleted.last === null) return
    yield { of: 'journalRows', count: deleted.count }
    if (deleted.count < mostRows) after = deleted.last
  }
}
