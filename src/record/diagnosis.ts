// What the database says about itself, for whoever looks for what is wrong.

import type { Queryable } from './database.ts'

/** The database's clock in epoch ms, and its version. */
export async function readServer(db: Queryable): Promise<{ readonly at: number; readonly version: string }> {
  const { rows } = await db.query<{ at: Date; version: string }>(
    `select clock_timestamp() as at, current_setting('server_version') as version`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('A select without a table returned no row')
  return { at: row.at.getTime(), version: row.version }
}

export interface Backlog {
  /** Executions that want a worker and have none. */
  readonly count: number
  /** Since when the oldest of them does, epoch ms. */
  readonly oldestAt: number | undefined
}

/** Executions behind a full concurrency limit wait for a place, not for a worker: they do not count. */
export async function readBacklog(db: Queryable, now: Date): Promise<Backlog> {
  const { rows } = await db.query<{ count: number; oldest: Date | null }>(
    `select count(*)::integer as count, min(runnable_at) as oldest from live_executions
      where worker_id is null and runnable_at <= $1 and (concurrency_key is null or status <> 'queued')`,
    [now],
  )
  const [row] = rows
  return { count: row?.count ?? 0, oldestAt: row?.oldest?.getTime() }
}

export async function ping(db: Queryable): Promise<void> {
  await db.query('select 1')
}

/** Whether the database answers at all: then what it refused may be taken in another company. */
export function answers(db: Queryable): Promise<boolean> {
  return ping(db).then(
    () => true,
    () => false,
  )
}
