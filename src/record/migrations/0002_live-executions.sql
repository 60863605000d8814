-- What an execution is, how it lives and how it ended are three tables. The first and the last are written once and never
-- changed; how it lives is narrow and gone with its end. So finished executions, however many, are in nobody's way, and a claim
-- rewrites 100 bytes instead of a row with its inputs and eight indexes.

alter table executions rename to executions_before;

-- No foreign keys here and on the journal: each would cost a look-up per row on the hot path; versions are never deleted
-- while an execution of them is kept.
create table executions (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version_id uuid not null,
  created_at timestamptz not null,
  -- How deep it stands under executions that started one another.
  depth smallint not null default 0,
  inputs jsonb not null,
  trigger jsonb not null,
  started_by text not null,
  dedupe_key text,
  concurrency_key text,
  concurrency_limit integer,
  parent_execution_id uuid,
  parent_step text,
  parent_item integer,
  constraint executions_key primary key (tenant_id, id),
  constraint has_concurrency_whole check ((concurrency_key is null) = (concurrency_limit is null))
);

-- A row for each execution that has not ended, and for no other.
create table live_executions (
  tenant_id uuid not null,
  id uuid not null,
  -- The worker that owns it; null when nobody works on it.
  worker_id uuid,
  -- When it wants a worker; null when only a signal can wake it, or while it is owned.
  runnable_at timestamptz,
  started_at timestamptz,
  -- Signals that no journal event has consumed yet.
  pending_signals integer not null default 0 check (pending_signals >= 0),
  -- How often a worker died on it since it last came to rest.
  takeovers integer not null default 0,
  status text not null check (status in ('queued', 'running', 'waiting', 'paused')),
  concurrency_key text,
  concurrency_limit integer,
  primary key (tenant_id, id),
  constraint concurrency_is_whole check ((concurrency_key is null) = (concurrency_limit is null))
) with (fillfactor = 70, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

-- A row for each execution that has ended, and for no other.
create table execution_ends (
  tenant_id uuid not null,
  id uuid not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  status text not null check (status in ('completed', 'failed', 'cancelled')),
  output jsonb,
  failure jsonb,
  primary key (tenant_id, id)
);

insert into executions
  select tenant_id, id, workflow_id, version_id, created_at, depth, inputs, trigger, started_by, dedupe_key, concurrency_key,
    concurrency_limit, parent_execution_id, parent_step, parent_item
  from executions_before;
insert into execution_ends
  select tenant_id, id, coalesce(started_at, ended_at), ended_at, status, output, failure
  from executions_before where ended_at is not null;
insert into live_executions
  select tenant_id, id, worker_id, runnable_at, started_at, pending_signals, takeovers, status, concurrency_key, concurrency_limit
  from executions_before where ended_at is null;

-- Ends that may start executions of other workflows, until somebody has looked at them.
create table chained_ends (
  tenant_id uuid not null,
  execution_id uuid not null,
  ended_at timestamptz not null,
  primary key (tenant_id, execution_id)
);
insert into chained_ends select tenant_id, id, ended_at from executions_before where chain_pending and ended_at is not null;
drop table executions_before;

create unique index executions_dedupe on executions (tenant_id, dedupe_key) where dedupe_key is not null;
create index executions_workflow on executions (tenant_id, workflow_id, id);
-- Most executions complete; the others are what people look for.
create index execution_ends_bad on execution_ends (tenant_id, status, id) where status <> 'completed';
create index executions_children on executions (tenant_id, parent_execution_id) where parent_execution_id is not null;

-- Those that wait for a place under a concurrency limit have an index of their own: a long queue behind a full limit must
-- not lie in the way of everything else. A queued execution holds no place yet.
create index live_runnable on live_executions (tenant_id, runnable_at)
  where worker_id is null and runnable_at is not null and (concurrency_key is null or status <> 'queued');
create index live_limited on live_executions (tenant_id, concurrency_key, runnable_at)
  where worker_id is null and runnable_at is not null and concurrency_key is not null and status = 'queued';
create index live_holding on live_executions (tenant_id, concurrency_key) where concurrency_key is not null and status <> 'queued';

-- What waits for people is listed by when it expires.
drop index approvals_pending;
create index approvals_pending on approvals (tenant_id, expires_at, id) where status = 'pending';
create index forms_pending on forms (tenant_id, expires_at, id) where status = 'pending';

-- An execution as people see it, alive or ended.
create view execution_states with (security_invoker = true) as
  select e.tenant_id, e.id, e.workflow_id, e.version_id, coalesce(l.status, d.status) as status, l.worker_id, l.runnable_at,
    coalesce(l.pending_signals, 0) as pending_signals, coalesce(l.takeovers, 0) as takeovers, e.inputs, e.trigger, e.started_by,
    e.dedupe_key, e.concurrency_key, e.concurrency_limit, e.parent_execution_id, e.parent_step, e.parent_item, e.depth, e.created_at,
    coalesce(l.started_at, d.started_at) as started_at, d.ended_at, d.output, d.failure
  from executions e left join live_executions l on l.tenant_id = e.tenant_id and l.id = e.id
    left join execution_ends d on d.tenant_id = e.tenant_id and d.id = e.id;

-- The journal is the largest table: its rows get shorter. Types take four bytes instead of fifteen, and the times stand where
-- nothing has to be filled up before them.
create type journal_event as enum (
  'step.started', 'step.fanned_out', 'step.waiting', 'step.retrying', 'step.completed', 'step.failed', 'step.skipped',
  'compensation.retrying', 'compensation.completed', 'compensation.failed',
  'execution.paused', 'execution.resumed', 'execution.cancelling', 'execution.failing', 'execution.retried', 'execution.ended'
);

create table journal_before as select * from journal;
drop table journal;
-- Partitioned by the execution's id, which is a UUIDv7 and so a time: a month's journals go together.
create table journal (
  tenant_id uuid not null,
  execution_id uuid not null,
  at timestamptz not null,
  -- Null when nothing was begun, and where a step was completed in the millisecond in which it began.
  started_at timestamptz,
  seq integer not null check (seq > 0),
  type journal_event not null,
  item integer,
  attempt smallint,
  step text,
  outcome text,
  -- What the columns do not hold; null when that is nothing.
  data jsonb,
  -- Without the tenant, which every query names as well: a third less index on the largest table, 31 bytes of log an event.
  primary key (execution_id, seq)
) partition by range (execution_id);
create table journal_default partition of journal default;
select ensure_journal_partitions(month, 1) from (select distinct date_trunc('month', at) as month from journal_before) months;
insert into journal (tenant_id, execution_id, at, started_at, seq, type, item, attempt, step, outcome, data)
  select tenant_id, execution_id, at, started_at, seq, type::journal_event, item, attempt, step, outcome, data from journal_before;
drop table journal_before;

do $$
declare
  name text;
begin
  foreach name in array array['executions', 'live_executions', 'execution_ends', 'chained_ends', 'journal'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)',
      name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to {api}, {engine}', name);
  end loop;
end
$$;
grant select on execution_states to {api}, {engine};

-- Drops the oldest of the journal's months that lies before a moment and of whose executions none is left, and says which.
-- A plain drop: to detach concurrently takes a table without a default partition, and no transaction. Everybody else's
-- statements queue up behind it while it waits, so it does not wait long; when it fails it is tried again another time. A
-- second is what autovacuum takes to give way (deadlock_timeout), hence the half more.
create function drop_oldest_journal_partition(before timestamptz) returns text
language plpgsql security definer set search_path from current set lock_timeout = '1500ms' as $$
declare
  name text;
  month timestamp;
begin
  for name in
    -- cspell:ignore relname inhrelid inhparent
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'journal'::regclass and c.relname ~ '^journal_\d{4}_\d{2}$' order by c.relname
  loop
    month := to_date(right(name, 7), 'YYYY_MM');
    exit when (month + interval '1 month') at time zone 'utc' > before;
    -- By tenant, since that is how executions are found.
    continue when exists (
      select from tenants t cross join lateral (
        select from executions e where e.tenant_id = t.id and e.id >= uuid_at(month at time zone 'utc')
          and e.id < uuid_at((month + interval '1 month') at time zone 'utc') limit 1
      ) left_over);
    execute format('drop table %I', name);
    return name;
  end loop;
  return null;
end
$$;
revoke execute on function drop_oldest_journal_partition from public;
grant execute on function drop_oldest_journal_partition to {engine};
