-- How an execution lives gets a narrow table of its own. What it is and how it ended stays in `executions`, written at its
-- start and at its end: finished executions, however many, are in nobody's way, and a claim rewrites 100 bytes instead of a row
-- with its inputs and eight indexes.

alter table executions rename to executions_before;

-- No foreign keys here and on the journal: each would cost a look-up per row on the hot path; versions are never deleted
-- while an execution of them is kept. What the end writes stands last and in no index: the update stays on its page (HOT), and
-- the write-ahead log gets only what has changed.
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
  -- Null as long as it lives.
  status text check (status in ('completed', 'failed', 'cancelled')),
  started_at timestamptz,
  ended_at timestamptz,
  output jsonb,
  failure jsonb,
  constraint executions_key primary key (tenant_id, id),
  constraint ended_has_end check ((status is null) = (ended_at is null)),
  constraint has_concurrency_whole check ((concurrency_key is null) = (concurrency_limit is null))
) with (fillfactor = 80);

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

insert into executions
  select tenant_id, id, workflow_id, version_id, created_at, depth, inputs, trigger, started_by, dedupe_key, concurrency_key,
    concurrency_limit, parent_execution_id, parent_step, parent_item, case when ended_at is not null then status end, started_at,
    ended_at, output, failure
  from executions_before;
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
create index executions_children on executions (tenant_id, parent_execution_id) where parent_execution_id is not null;

-- Those that wait for a place under a concurrency limit have an index of their own: a long queue behind a full limit must
-- not lie in the way of everything else. A queued execution holds no place yet.
create index live_runnable on live_executions (tenant_id, runnable_at)
  where worker_id is null and runnable_at is not null and (concurrency_key is null or status <> 'queued');
create index live_limited on live_executions (tenant_id, concurrency_key, runnable_at)
  where worker_id is null and runnable_at is not null and concurrency_key is not null and status = 'queued';
create index live_holding on live_executions (tenant_id, concurrency_key) where concurrency_key is not null and status <> 'queued';

-- An execution as people see it, alive or ended.
create view execution_states with (security_invoker = true) as
  select e.tenant_id, e.id, e.workflow_id, e.version_id, coalesce(l.status, e.status) as status, l.worker_id, l.runnable_at,
    coalesce(l.pending_signals, 0) as pending_signals, coalesce(l.takeovers, 0) as takeovers, e.inputs, e.trigger, e.started_by,
    e.dedupe_key, e.concurrency_key, e.concurrency_limit, e.parent_execution_id, e.parent_step, e.parent_item, e.depth, e.created_at,
    coalesce(l.started_at, e.started_at) as started_at, e.ended_at, e.output, e.failure
  from executions e left join live_executions l on l.tenant_id = e.tenant_id and l.id = e.id;

-- Four bytes a row of the largest table instead of fifteen.
create type journal_event as enum (
  'step.started', 'step.fanned_out', 'step.waiting', 'step.retrying', 'step.completed', 'step.failed', 'step.skipped',
  'compensation.retrying', 'compensation.completed', 'compensation.failed',
  'execution.paused', 'execution.resumed', 'execution.cancelling', 'execution.failing', 'execution.retried', 'execution.ended'
);
alter table journal alter column type type journal_event using type::journal_event;

do $$
declare
  name text;
begin
  foreach name in array array['executions', 'live_executions', 'chained_ends'] loop
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
