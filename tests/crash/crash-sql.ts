// What the harness asks the database itself, as its owner; nothing here is the product's.

import pg from 'pg'
import { type Database, roleName } from '../../src/record/database.ts'

type Address = Database['address']

/** Connections as the owner that come back after the server was killed. */
export function openOwner({ host, port, user, password, database }: Address): pg.Pool {
  const pool = new pg.Pool({ host, port, user, password, database, max: 4, connectionTimeoutMillis: 10_000 })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/**
 * The table of notes, and triggers that write down what a dead worker wrote. A worker's fence keeps its mark away until
 * its statement has ended, so whoever finds the mark has no fence. What is rolled back leaves no trace here either.
 */
export async function prepare(owner: pg.Pool, database: string): Promise<void> {
  const [api, engine] = [roleName(database, 'api'), roleName(database, 'engine')].map((name) =>
    pg.escapeIdentifier(name),
  )
  await owner.query(`
    create table crash_notes (tenant_id uuid not null, execution_id uuid not null, note text not null);
    grant select, insert on crash_notes to ${api}, ${engine};
    create table crash_stale (id bigint generated always as identity, what text not null);
    create function crash_is_dead(worker text) returns boolean language sql volatile as
      $$ select exists (select from workers where id::text = worker and status = 'dead') $$;
    create function crash_stale_write() returns trigger language plpgsql security definer set search_path from current as $$
    begin
      if crash_is_dead(current_setting('crash.writer', true)) then
        insert into crash_stale (what) values (format('a dead worker wrote event %s of %s', new.seq, new.execution_id));
      end if;
      return null;
    end $$;
    create trigger crash_stale_write after insert on journal for each row execute function crash_stale_write();
    create function crash_stale_claim() returns trigger language plpgsql security definer set search_path from current as $$
    begin
      if crash_is_dead(new.worker_id::text) then
        insert into crash_stale (what) values (format('a dead worker claimed %s', new.id));
      end if;
      return null;
    end $$;
    create trigger crash_stale_claim after update on live_executions for each row
      when (new.worker_id is not null and new.worker_id is distinct from old.worker_id)
      execute function crash_stale_claim()`)
}

export interface ExecutionRow {
  readonly id: string
  readonly workflow: string
  readonly status: string
  readonly planned_at: string | null
  readonly pending_signals: number
  readonly worker_id: string | null
}

export async function executionsOf(owner: pg.Pool, tenantId: string): Promise<ExecutionRow[]> {
  const { rows } = await owner.query<ExecutionRow>(
    `select e.id, w.name as workflow, e.status, e.trigger ->> 'planned_at' as planned_at,
        coalesce(e.pending_signals, 0) as pending_signals, e.worker_id
      from execution_states e join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
      where e.tenant_id = $1 order by e.id`,
    [tenantId],
  )
  return rows
}

export interface JournalRow {
  readonly execution_id: string
  readonly seq: number
  readonly type: string
  readonly step: string | null
  readonly item: number | null
  readonly at: Date
}

/** Of a tenant, or of some executions. */
export async function journalsOf(owner: pg.Pool, of: string | readonly string[]): Promise<JournalRow[]> {
  const condition = typeof of === 'string' ? 'tenant_id = $1' : 'execution_id = any($1)'
  const { rows } = await owner.query<JournalRow>(
    `select execution_id, seq, type, step, item, at from journal where ${condition} order by execution_id, seq`,
    [of],
  )
  return rows
}

export async function notesOf(owner: pg.Pool, tenantId: string): Promise<string[]> {
  const { rows } = await owner.query<{ place: string }>(
    `select execution_id || ' ' || note as place from crash_notes where tenant_id = $1`,
    [tenantId],
  )
  return rows.map(({ place }) => place)
}

/** What is left of a tenant that must not be: signals nobody took in, waits for events, undecided approvals, wrong votes. */
export async function leftOvers(owner: pg.Pool, tenantId: string): Promise<string[]> {
  const { rows } = await owner.query<{ what: string }>(
    `select 'a ' || kind || ' signal of ' || execution_id || ' was never taken in' as what from signals where tenant_id = $1
      union all select 'the wait for an event of ' || execution_id || ' is still open' from event_waits where tenant_id = $1
      union all select 'approval ' || id || ' is ' || status from approvals where tenant_id = $1 and status <> 'approved'
      union all select 'approval ' || approval_id || ' has ' || count(*) || ' votes' from approval_votes
        where tenant_id = $1 group by approval_id having count(*) <> 2
      union all select count(*) || ' approvals for execution ' || execution_id from approvals
        where tenant_id = $1 group by execution_id having count(*) > 1`,
    [tenantId],
  )
  return rows.map(({ what }) => what)
}

/** The references that executions of a tenant wait to be pinged about. */
export async function waitingFor(owner: pg.Pool, tenantId: string): Promise<string[]> {
  const { rows } = await owner.query<{ ref: string }>(
    `select match ->> 'ref' as ref from event_waits where tenant_id = $1`,
    [tenantId],
  )
  return rows.map(({ ref }) => ref)
}

/** How many executions of a tenant have not ended, and how many signals are not taken in. */
export async function countOpen(owner: pg.Pool, tenantId: string): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    `select ((select count(*) from execution_states where tenant_id = $1
        and status not in ('completed', 'failed', 'cancelled'))
      + (select count(*) from signals where tenant_id = $1))::integer as count`,
    [tenantId],
  )
  return rows[0]?.count ?? 0
}

export async function countScheduled(owner: pg.Pool, tenantId: string): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    `select count(*)::integer as count from executions where tenant_id = $1 and trigger ? 'planned_at'`,
    [tenantId],
  )
  return rows[0]?.count ?? 0
}

export async function isMarkedDead(owner: pg.Pool, workerId: string): Promise<boolean> {
  const { rows } = await owner.query<{ status: string }>(`select status from workers where id = $1`, [workerId])
  return rows[0]?.status !== 'alive'
}

/** What the triggers have written down after a position, and executions that the dead own; `next` is the new position. */
export async function staleSince(
  owner: pg.Pool,
  after: number,
): Promise<{ readonly found: string[]; readonly next: number }> {
  const { rows } = await owner.query<{ id: number; what: string }>(
    `select id::integer, what from crash_stale where id > $1 order by id`,
    [after],
  )
  const { rows: owned } = await owner.query<{ what: string }>(
    `select 'the dead worker ' || e.worker_id || ' owns ' || e.id as what from execution_states e
      join workers w on w.id = e.worker_id and w.status = 'dead'`,
  )
  return { found: [...rows, ...owned].map(({ what }) => what), next: rows.at(-1)?.id ?? after }
}

export async function terminate(owner: pg.Pool, backends: readonly number[]): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    `select count(*)::integer as count from unnest($1::integer[]) as b (pid) where pg_terminate_backend(pid)`,
    [backends],
  )
  return rows[0]?.count ?? 0
}

/**
 * A real deadlock with a statement of the worker: this side holds its executions, lets the statement run into that, and
 * then asks for the worker's lease, which the statement's fence holds. The statement is the one that is given up: it looks
 * for deadlocks a second after it began to wait, and this side never. Where this side was slower
 * than that there is no deadlock, and both go on.
 */
export async function deadlock(owner: pg.Pool, workerId: string, letRun: () => void): Promise<void> {
  const client = await owner.connect()
  try {
    await client.query(`begin; set local deadlock_timeout = '20s'; set local statement_timeout = '4s'`)
    await client.query(`select from live_executions where worker_id = $1 for update`, [workerId])
    letRun()
    const { rows } = await client.query<{ pid: number }>(`select pg_backend_pid() as pid`)
    for (let tries = 0; tries < 200; tries++) {
      const { rows: blocked } = await owner.query(
        `select from pg_stat_activity where $1 = any (pg_blocking_pids(pid)) and pg_sleep(0.01) is not null`,
        [rows[0]?.pid],
      )
      if (blocked.length > 0) break
    }
    await client.query(`select from workers where id = $1 for update`, [workerId])
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '57014')) throw error
  } finally {
    await client.query('rollback').then(
      () => client.release(),
      (error: Error) => client.release(error),
    )
  }
}
