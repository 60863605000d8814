-- Tenants, members, workflows, executions and their journal, what holds them, and the workers that run them.

create table tenants (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  name text not null,
  packs text[] not null default '{core}',
  created_at timestamptz not null
);

create table members (
  tenant_id uuid not null references tenants,
  id uuid not null,
  email text not null,
  name text not null,
  role text not null check (role in ('owner', 'admin', 'builder', 'operator', 'viewer')),
  approver_roles text[] not null default '{}',
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, email)
);

create table workflows (
  tenant_id uuid not null references tenants,
  id uuid not null,
  name text not null,
  status text not null check (status in ('active', 'inactive', 'deleted')),
  current_version integer not null check (current_version > 0),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table workflow_versions (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version integer not null check (version > 0),
  source text not null,
  -- json and not jsonb, here and for forms: people see inputs and fields in the order in which they were written.
  definition json not null,
  content_hash text not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, workflow_id, version),
  foreign key (tenant_id, workflow_id) references workflows
);

create table triggers (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  position integer not null,
  kind text not null check (kind in ('manual', 'event', 'schedule', 'webhook', 'workflow')),
  definition jsonb not null,
  -- The event type, or the name of the workflow whose end fires it.
  subject text,
  token_hash bytea unique,
  enabled boolean not null,
  next_fire_at timestamptz,
  last_fire_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, workflow_id, position),
  foreign key (tenant_id, workflow_id) references workflows,
  check ((kind = 'webhook') = (token_hash is not null)),
  check (kind in ('event', 'workflow') = (subject is not null))
);
create index triggers_due on triggers (next_fire_at) where enabled and next_fire_at is not null;
create index triggers_subject on triggers (tenant_id, kind, subject) where enabled and subject is not null;

-- A worker's row is its lease: whoever takes it over sets it to dead first, and each statement of the worker reads it for share.
create table workers (
  id uuid primary key,
  name text not null,
  status text not null check (status in ('alive', 'dead')),
  started_at timestamptz not null,
  heartbeat_at timestamptz not null
);

-- No foreign keys here and on the journal: each would cost a look-up per row on the hot path; versions are never deleted
-- while an execution of them is kept.
create table executions (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version_id uuid not null,
  status text not null check (status in ('queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled')),
  -- The worker that owns it; null when nobody works on it.
  worker_id uuid,
  -- When it wants a worker; null when only a signal can wake it, or while it is owned.
  runnable_at timestamptz,
  -- Signals that no journal event has consumed yet.
  pending_signals integer not null default 0 check (pending_signals >= 0),
  -- How often a worker died on it since it last came to rest.
  takeovers integer not null default 0,
  inputs jsonb not null,
  trigger jsonb not null,
  started_by text not null,
  dedupe_key text,
  concurrency_key text,
  concurrency_limit integer,
  parent_execution_id uuid,
  parent_step text,
  parent_item integer,
  -- How deep it stands under executions that started one another.
  depth smallint not null default 0,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  output jsonb,
  failure jsonb,
  -- Its end may fire triggers of other workflows that have not been looked at yet.
  chain_pending boolean not null default false,
  primary key (tenant_id, id),
  constraint ended_has_end check ((status in ('completed', 'failed', 'cancelled')) = (ended_at is not null)),
  constraint ended_has_no_owner check (ended_at is null or (worker_id is null and runnable_at is null)),
  constraint concurrency_is_whole check ((concurrency_key is null) = (concurrency_limit is null))
) with (fillfactor = 80);
-- Those that wait for a place under a concurrency limit have an index of their own: a long queue behind a full limit must
-- not lie in the way of everything else. A queued execution holds no place yet.
create index executions_runnable on executions (tenant_id, runnable_at)
  where worker_id is null and runnable_at is not null and (concurrency_key is null or status <> 'queued');
create index executions_due on executions (runnable_at)
  where worker_id is null and runnable_at is not null and (concurrency_key is null or status <> 'queued');
create index executions_limited on executions (tenant_id, concurrency_key, runnable_at)
  where worker_id is null and runnable_at is not null and concurrency_key is not null and status = 'queued';
create index executions_owned on executions (worker_id) where worker_id is not null;
create unique index executions_dedupe on executions (tenant_id, dedupe_key) where dedupe_key is not null;
create index executions_holding on executions (tenant_id, concurrency_key)
  where concurrency_key is not null and ended_at is null and status <> 'queued';
create index executions_chained on executions (ended_at) where chain_pending;
create index executions_workflow on executions (tenant_id, workflow_id, id);
create index executions_children on executions (tenant_id, parent_execution_id) where parent_execution_id is not null;

-- Partitioned by the execution's id, which is a UUIDv7 and so a time: a month's executions and their whole journals go together.
create table journal (
  tenant_id uuid not null,
  execution_id uuid not null,
  seq integer not null check (seq > 0),
  type text not null,
  step text,
  item integer,
  attempt smallint,
  outcome text,
  at timestamptz not null,
  started_at timestamptz,
  -- What the columns do not hold; null when that is nothing.
  data jsonb,
  primary key (tenant_id, execution_id, seq)
) partition by range (execution_id);
create table journal_default partition of journal default;

create table signals (
  tenant_id uuid not null,
  execution_id uuid not null,
  id uuid not null,
  kind text not null,
  step text,
  item integer,
  data jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, execution_id, id)
);

-- Steps that wait for an event. item is -1 outside a for_each.
create table event_waits (
  tenant_id uuid not null,
  execution_id uuid not null,
  step text not null,
  item integer not null,
  event text not null,
  match jsonb not null,
  primary key (tenant_id, execution_id, step, item)
);
create index event_waits_event on event_waits (tenant_id, event);

create table approvals (
  tenant_id uuid not null,
  id uuid not null,
  execution_id uuid not null,
  step text not null,
  item integer,
  status text not null check (status in ('pending', 'approved', 'rejected', 'expired', 'cancelled')),
  summary text not null,
  details jsonb,
  approvers jsonb not null,
  quorum jsonb not null,
  expires_at timestamptz,
  created_at timestamptz not null,
  decided_at timestamptz,
  primary key (tenant_id, id),
  constraint decided_has_time check ((status = 'pending') = (decided_at is null))
);
create index approvals_execution on approvals (tenant_id, execution_id);
create index approvals_pending on approvals (tenant_id, expires_at) where status = 'pending';

create table approval_votes (
  tenant_id uuid not null,
  approval_id uuid not null,
  member_id uuid not null,
  -- The order in which votes were cast: the approval's row is locked meanwhile, so it is that of the numbers.
  ordinal bigint generated always as identity,
  vote text not null check (vote in ('approve', 'reject')),
  reason text,
  channel text not null,
  created_at timestamptz not null,
  primary key (tenant_id, approval_id, member_id),
  foreign key (tenant_id, approval_id) references approvals on delete cascade,
  foreign key (tenant_id, member_id) references members
);

create table forms (
  tenant_id uuid not null,
  id uuid not null,
  execution_id uuid not null,
  step text not null,
  item integer,
  status text not null check (status in ('pending', 'submitted', 'expired', 'cancelled')),
  request json not null,
  expires_at timestamptz,
  created_at timestamptz not null,
  closed_at timestamptz,
  primary key (tenant_id, id),
  constraint closed_has_time check ((status = 'pending') = (closed_at is null))
);
create index forms_execution on forms (tenant_id, execution_id);

create table notifications (
  tenant_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  execution_id uuid,
  title text,
  message text not null,
  created_at timestamptz not null,
  read_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members
);

-- Events that came in, by source and id, so that each is taken once (CloudEvents 1.0: source + id is unique).
create table event_receipts (
  tenant_id uuid not null,
  source text not null,
  event_id text not null,
  received_at timestamptz not null,
  primary key (tenant_id, source, event_id)
);

-- Makes the journal's partitions for this month and the following ones; bounds are UUIDv7 (RFC 9562) of the months' first instants.
create function ensure_journal_partitions(of timestamptz, months integer) returns void
language plpgsql security definer set search_path from current as $$
declare
  month timestamptz;
begin
  perform pg_advisory_xact_lock(hashtext('countersign.journal_partitions'));
  for offset_months in 0 .. months - 1 loop
    month := (date_trunc('month', of at time zone 'utc') + make_interval(months => offset_months)) at time zone 'utc';
    execute format(
      'create table if not exists %I partition of journal for values from (%L) to (%L)',
      'journal_' || to_char(month at time zone 'utc', 'YYYY_MM'),
      uuid_at(month),
      uuid_at((month at time zone 'utc' + interval '1 month') at time zone 'utc')
    );
  end loop;
end
$$;

create function uuid_at(moment timestamptz) returns uuid
language sql immutable as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Row-level security: the API's role sees the tenant of its transaction and nothing without one; the engine's role sees all.
do $$
declare
  name text;
begin
  foreach name in array array[
    'members', 'workflows', 'workflow_versions', 'triggers', 'executions', 'journal', 'signals', 'event_waits',
    'approvals', 'approval_votes', 'forms', 'notifications', 'event_receipts'
  ] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)',
      name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to {api}, {engine}', name);
  end loop;
end
$$;
alter table tenants enable row level security;
create policy tenant_only on tenants to {api} using (id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy all_tenants on tenants to {engine} using (true) with check (true);
grant select on tenants to {api};
grant select, insert, update on tenants to {engine};
grant select, insert, update, delete on workers to {engine};
revoke execute on function ensure_journal_partitions from public;
grant execute on function ensure_journal_partitions to {engine};
