-- The schema as the migrations make it, for review. Written by docs/generate/schema.ts; not run by anything.
-- {api} and {engine} stand for the roles that the API and the engine log in as.

-- Types

create type journal_event as enum ('step.started', 'step.fanned_out', 'step.waiting', 'step.retrying', 'step.completed', 'step.failed', 'step.skipped', 'compensation.retrying', 'compensation.completed', 'compensation.failed', 'execution.paused', 'execution.resumed', 'execution.cancelling', 'execution.failing', 'execution.retried', 'execution.ended');

-- Tables

create table approval_votes (
  tenant_id uuid not null,
  approval_id uuid not null,
  member_id uuid not null,
  ordinal bigint generated always as identity not null,
  vote text not null,
  reason text,
  channel text not null,
  created_at timestamp with time zone not null,
  constraint approval_votes_pkey PRIMARY KEY (tenant_id, approval_id, member_id),
  constraint approval_votes_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES approvals(tenant_id, id) ON DELETE CASCADE,
  constraint approval_votes_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id),
  constraint approval_votes_vote_check CHECK ((vote = ANY (ARRAY['approve'::text, 'reject'::text])))
);

create table approvals (
  tenant_id uuid not null,
  id uuid not null,
  execution_id uuid not null,
  step text not null,
  item integer,
  status text not null,
  summary text not null,
  details jsonb,
  approvers jsonb not null,
  quorum jsonb not null,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  decided_at timestamp with time zone,
  constraint approvals_pkey PRIMARY KEY (tenant_id, id),
  constraint approvals_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'expired'::text, 'cancelled'::text]))),
  constraint decided_has_time CHECK (((status = 'pending'::text) = (decided_at IS NULL)))
);

create table chained_ends (
  tenant_id uuid not null,
  execution_id uuid not null,
  ended_at timestamp with time zone not null,
  constraint chained_ends_pkey PRIMARY KEY (tenant_id, execution_id)
);

create table event_receipts (
  tenant_id uuid not null,
  source text not null,
  event_id text not null,
  received_at timestamp with time zone not null,
  constraint event_receipts_pkey PRIMARY KEY (tenant_id, source, event_id)
);

create table event_waits (
  tenant_id uuid not null,
  execution_id uuid not null,
  step text not null,
  item integer not null,
  event text not null,
  match jsonb not null,
  constraint event_waits_pkey PRIMARY KEY (tenant_id, execution_id, step, item)
);

create table execution_ends (
  tenant_id uuid not null,
  id uuid not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone not null,
  status text not null,
  output jsonb,
  failure jsonb,
  constraint execution_ends_pkey PRIMARY KEY (tenant_id, id),
  constraint execution_ends_status_check CHECK ((status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])))
);

create table executions (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version_id uuid not null,
  created_at timestamp with time zone not null,
  depth smallint default 0 not null,
  inputs jsonb not null,
  trigger jsonb not null,
  started_by text not null,
  dedupe_key text,
  concurrency_key text,
  concurrency_limit integer,
  parent_execution_id uuid,
  parent_step text,
  parent_item integer,
  constraint executions_key PRIMARY KEY (tenant_id, id),
  constraint has_concurrency_whole CHECK (((concurrency_key IS NULL) = (concurrency_limit IS NULL)))
);

create table forms (
  tenant_id uuid not null,
  id uuid not null,
  execution_id uuid not null,
  step text not null,
  item integer,
  status text not null,
  request json not null,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint forms_pkey PRIMARY KEY (tenant_id, id),
  constraint closed_has_time CHECK (((status = 'pending'::text) = (closed_at IS NULL))),
  constraint forms_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'submitted'::text, 'expired'::text, 'cancelled'::text])))
);

create table journal (
  tenant_id uuid not null,
  execution_id uuid not null,
  at timestamp with time zone not null,
  started_at timestamp with time zone,
  seq integer not null,
  type journal_event not null,
  item integer,
  attempt smallint,
  step text,
  outcome text,
  data jsonb,
  constraint journal_pkey PRIMARY KEY (execution_id, seq),
  constraint journal_seq_check CHECK ((seq > 0))
) partition by RANGE (execution_id);

create table live_executions (
  tenant_id uuid not null,
  id uuid not null,
  worker_id uuid,
  runnable_at timestamp with time zone,
  started_at timestamp with time zone,
  pending_signals integer default 0 not null,
  takeovers integer default 0 not null,
  status text not null,
  concurrency_key text,
  concurrency_limit integer,
  constraint live_executions_pkey PRIMARY KEY (tenant_id, id),
  constraint concurrency_is_whole CHECK (((concurrency_key IS NULL) = (concurrency_limit IS NULL))),
  constraint live_executions_pending_signals_check CHECK ((pending_signals >= 0)),
  constraint live_executions_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'waiting'::text, 'paused'::text])))
) with (fillfactor=70, autovacuum_vacuum_threshold=5000, autovacuum_vacuum_scale_factor=0.1, autovacuum_vacuum_cost_delay=0);

create table members (
  tenant_id uuid not null,
  id uuid not null,
  email text not null,
  name text not null,
  role text not null,
  approver_roles text[] default '{}'::text[] not null,
  created_at timestamp with time zone not null,
  constraint members_pkey PRIMARY KEY (tenant_id, id),
  constraint members_tenant_id_email_key UNIQUE (tenant_id, email),
  constraint members_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'builder'::text, 'operator'::text, 'viewer'::text])))
);

create table notifications (
  tenant_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  execution_id uuid,
  title text,
  message text not null,
  created_at timestamp with time zone not null,
  read_at timestamp with time zone,
  constraint notifications_pkey PRIMARY KEY (tenant_id, id),
  constraint notifications_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id)
);

create table schema_migrations (
  name text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migrations_pkey PRIMARY KEY (name)
);

create table signals (
  tenant_id uuid not null,
  execution_id uuid not null,
  id uuid not null,
  kind text not null,
  step text,
  item integer,
  data jsonb not null,
  created_at timestamp with time zone not null,
  constraint signals_pkey PRIMARY KEY (tenant_id, execution_id, id)
);

create table tenants (
  id uuid not null,
  slug text not null,
  name text not null,
  packs text[] default '{core}'::text[] not null,
  created_at timestamp with time zone not null,
  constraint tenants_pkey PRIMARY KEY (id),
  constraint tenants_slug_key UNIQUE (slug),
  constraint tenants_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);

create table triggers (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  "position" integer not null,
  kind text not null,
  definition jsonb not null,
  subject text,
  token_hash bytea,
  enabled boolean not null,
  next_fire_at timestamp with time zone,
  last_fire_at timestamp with time zone,
  constraint triggers_pkey PRIMARY KEY (tenant_id, id),
  constraint triggers_tenant_id_workflow_id_position_key UNIQUE (tenant_id, workflow_id, "position"),
  constraint triggers_token_hash_key UNIQUE (token_hash),
  constraint triggers_tenant_id_workflow_id_fkey FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows(tenant_id, id),
  constraint triggers_check CHECK (((kind = 'webhook'::text) = (token_hash IS NOT NULL))),
  constraint triggers_check1 CHECK (((kind = ANY (ARRAY['event'::text, 'workflow'::text])) = (subject IS NOT NULL))),
  constraint triggers_kind_check CHECK ((kind = ANY (ARRAY['manual'::text, 'event'::text, 'schedule'::text, 'webhook'::text, 'workflow'::text])))
);

create table workers (
  id uuid not null,
  name text not null,
  status text not null,
  started_at timestamp with time zone not null,
  heartbeat_at timestamp with time zone not null,
  constraint workers_pkey PRIMARY KEY (id),
  constraint workers_status_check CHECK ((status = ANY (ARRAY['alive'::text, 'dead'::text])))
);

create table workflow_versions (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version integer not null,
  source text not null,
  definition json not null,
  content_hash text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  constraint workflow_versions_pkey PRIMARY KEY (tenant_id, id),
  constraint workflow_versions_tenant_id_workflow_id_version_key UNIQUE (tenant_id, workflow_id, version),
  constraint workflow_versions_tenant_id_workflow_id_fkey FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows(tenant_id, id),
  constraint workflow_versions_version_check CHECK ((version > 0))
);

create table workflows (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  status text not null,
  current_version integer not null,
  created_at timestamp with time zone not null,
  constraint workflows_pkey PRIMARY KEY (tenant_id, id),
  constraint workflows_tenant_id_name_key UNIQUE (tenant_id, name),
  constraint workflows_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint workflows_current_version_check CHECK ((current_version > 0)),
  constraint workflows_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'deleted'::text])))
);

-- Partitions

create table journal_default partition of journal DEFAULT;

-- Indexes

CREATE INDEX approvals_execution ON public.approvals USING btree (tenant_id, execution_id);

CREATE INDEX approvals_pending ON public.approvals USING btree (tenant_id, expires_at, id) WHERE (status = 'pending'::text);

CREATE INDEX event_waits_event ON public.event_waits USING btree (tenant_id, event);

CREATE INDEX execution_ends_bad ON public.execution_ends USING btree (tenant_id, status, id) WHERE (status <> 'completed'::text);

CREATE INDEX executions_children ON public.executions USING btree (tenant_id, parent_execution_id) WHERE (parent_execution_id IS NOT NULL);

CREATE UNIQUE INDEX executions_dedupe ON public.executions USING btree (tenant_id, dedupe_key) WHERE (dedupe_key IS NOT NULL);

CREATE INDEX executions_workflow ON public.executions USING btree (tenant_id, workflow_id, id);

CREATE INDEX forms_execution ON public.forms USING btree (tenant_id, execution_id);

CREATE INDEX forms_pending ON public.forms USING btree (tenant_id, expires_at, id) WHERE (status = 'pending'::text);

CREATE INDEX live_holding ON public.live_executions USING btree (tenant_id, concurrency_key) WHERE ((concurrency_key IS NOT NULL) AND (status <> 'queued'::text));

CREATE INDEX live_limited ON public.live_executions USING btree (tenant_id, concurrency_key, runnable_at) WHERE ((worker_id IS NULL) AND (runnable_at IS NOT NULL) AND (concurrency_key IS NOT NULL) AND (status = 'queued'::text));

CREATE INDEX live_runnable ON public.live_executions USING btree (tenant_id, runnable_at) WHERE ((worker_id IS NULL) AND (runnable_at IS NOT NULL) AND ((concurrency_key IS NULL) OR (status <> 'queued'::text)));

CREATE INDEX triggers_due ON public.triggers USING btree (next_fire_at) WHERE (enabled AND (next_fire_at IS NOT NULL));

CREATE INDEX triggers_subject ON public.triggers USING btree (tenant_id, kind, subject) WHERE (enabled AND (subject IS NOT NULL));

-- Views

create view execution_states with (security_invoker=true) as
 SELECT e.tenant_id,
    e.id,
    e.workflow_id,
    e.version_id,
    COALESCE(l.status, d.status) AS status,
    l.worker_id,
    l.runnable_at,
    COALESCE(l.pending_signals, 0) AS pending_signals,
    COALESCE(l.takeovers, 0) AS takeovers,
    e.inputs,
    e.trigger,
    e.started_by,
    e.dedupe_key,
    e.concurrency_key,
    e.concurrency_limit,
    e.parent_execution_id,
    e.parent_step,
    e.parent_item,
    e.depth,
    e.created_at,
    COALESCE(l.started_at, d.started_at) AS started_at,
    d.ended_at,
    d.output,
    d.failure
   FROM ((executions e
     LEFT JOIN live_executions l ON (((l.tenant_id = e.tenant_id) AND (l.id = e.id))))
     LEFT JOIN execution_ends d ON (((d.tenant_id = e.tenant_id) AND (d.id = e.id))));

-- Row-level security

alter table approval_votes enable row level security;

alter table approvals enable row level security;

alter table chained_ends enable row level security;

alter table event_receipts enable row level security;

alter table event_waits enable row level security;

alter table execution_ends enable row level security;

alter table executions enable row level security;

alter table forms enable row level security;

alter table journal enable row level security;

alter table live_executions enable row level security;

alter table members enable row level security;

alter table notifications enable row level security;

alter table signals enable row level security;

alter table tenants enable row level security;

alter table triggers enable row level security;

alter table workflow_versions enable row level security;

alter table workflows enable row level security;

-- Policies

create policy all_tenants on approval_votes as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on approval_votes as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on approvals as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on approvals as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on chained_ends as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on chained_ends as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on event_receipts as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on event_receipts as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on event_waits as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on event_waits as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on execution_ends as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on execution_ends as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on executions as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on executions as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on forms as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on forms as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on journal as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on journal as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on live_executions as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on live_executions as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on members as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on members as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on notifications as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on notifications as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on signals as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on signals as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on tenants as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on tenants as permissive for all to {api} using ((id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on triggers as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on triggers as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on workflow_versions as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on workflow_versions as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on workflows as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on workflows as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

-- Functions

CREATE OR REPLACE FUNCTION public.drop_oldest_journal_partition(before timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO '$user', 'public'
 SET lock_timeout TO '1500ms'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.ensure_journal_partitions(of timestamp with time zone, months integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO '$user', 'public'
AS $function$
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
$function$
;

CREATE OR REPLACE FUNCTION public.uuid_at(moment timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$function$
;

-- Grants

grant delete, insert, select, update on approval_votes to {api};

grant delete, insert, select, update on approval_votes to {engine};

grant delete, insert, select, update on approvals to {api};

grant delete, insert, select, update on approvals to {engine};

grant delete, insert, select, update on chained_ends to {api};

grant delete, insert, select, update on chained_ends to {engine};

grant delete, insert, select, update on event_receipts to {api};

grant delete, insert, select, update on event_receipts to {engine};

grant delete, insert, select, update on event_waits to {api};

grant delete, insert, select, update on event_waits to {engine};

grant delete, insert, select, update on execution_ends to {api};

grant delete, insert, select, update on execution_ends to {engine};

grant select on execution_states to {api};

grant select on execution_states to {engine};

grant delete, insert, select, update on executions to {api};

grant delete, insert, select, update on executions to {engine};

grant delete, insert, select, update on forms to {api};

grant delete, insert, select, update on forms to {engine};

grant execute on function drop_oldest_journal_partition(timestamp with time zone) to {engine};

grant execute on function ensure_journal_partitions(timestamp with time zone,integer) to {engine};

grant execute on function uuid_at(timestamp with time zone) to public;

grant delete, insert, select, update on journal to {api};

grant delete, insert, select, update on journal to {engine};

grant delete, insert, select, update on live_executions to {api};

grant delete, insert, select, update on live_executions to {engine};

grant delete, insert, select, update on members to {api};

grant delete, insert, select, update on members to {engine};

grant delete, insert, select, update on notifications to {api};

grant delete, insert, select, update on notifications to {engine};

grant delete, insert, select, update on signals to {api};

grant delete, insert, select, update on signals to {engine};

grant insert, select, update on tenants to {engine};

grant select on tenants to {api};

grant delete, insert, select, update on triggers to {api};

grant delete, insert, select, update on triggers to {engine};

grant delete, insert, select, update on workers to {engine};

grant delete, insert, select, update on workflow_versions to {api};

grant delete, insert, select, update on workflow_versions to {engine};

grant delete, insert, select, update on workflows to {api};

grant delete, insert, select, update on workflows to {engine};
