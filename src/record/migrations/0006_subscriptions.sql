-- Webhooks: the secrets of those that come in, and subscriptions to what happens, with what is delivered to them.

-- Secrets belong to a place in a workflow, as the address does: both outlive the versions that keep a webhook there.
create table webhook_secrets (
  tenant_id uuid not null,
  workflow_id uuid not null,
  -- The trigger's place in the definition's list, from 0.
  position integer not null,
  -- Sealed with the installation's key.
  secret text not null,
  set_at timestamptz not null,
  -- The one before, which is taken as well until it expires.
  previous_secret text,
  previous_expires_at timestamptz,
  primary key (tenant_id, workflow_id, position),
  foreign key (tenant_id, workflow_id) references workflows on delete cascade,
  constraint previous_is_whole check ((previous_secret is null) = (previous_expires_at is null))
);

create table subscriptions (
  tenant_id uuid not null references tenants,
  id uuid not null,
  url text not null,
  description text,
  -- Names of lifecycle events, or patterns of them.
  event_types text[] not null check (cardinality(event_types) > 0),
  -- The name of the only workflow it is about.
  workflow text,
  status text not null check (status in ('active', 'disabled')),
  -- Why, where the house disabled it itself.
  disabled_reason text,
  secret text not null,
  previous_secret text,
  previous_expires_at timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- When the first of the failures came that no success has followed.
  failing_since timestamptz,
  primary key (tenant_id, id),
  constraint previous_is_whole check ((previous_secret is null) = (previous_expires_at is null)),
  constraint reason_of_disabled check (disabled_reason is null or status = 'disabled')
);
create index subscriptions_active on subscriptions (tenant_id, id) where status = 'active';

create table deliveries (
  tenant_id uuid not null,
  id uuid not null,
  subscription_id uuid not null,
  -- The webhook-id: the same for every attempt and every subscription, so that receivers can tell what they know.
  event_id text not null,
  type text not null,
  execution_id uuid,
  -- The text that is sent and signed.
  body text not null,
  status text not null check (status in ('pending', 'delivered', 'failed', 'dropped')),
  -- Attempts since it was enqueued or last replayed, and all of them.
  tries smallint not null default 0,
  attempts smallint not null default 0,
  created_at timestamptz not null,
  -- When it is due; while somebody sends it, when their lease on it ends.
  due_at timestamptz,
  lease uuid,
  settled_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, subscription_id, event_id),
  foreign key (tenant_id, subscription_id) references subscriptions on delete cascade,
  constraint pending_is_due check ((status = 'pending') = (due_at is not null)),
  constraint settled_has_time check ((status = 'pending') = (settled_at is null)),
  constraint leased_is_pending check (lease is null or status = 'pending')
) with (fillfactor = 80);
create index deliveries_due on deliveries (tenant_id, subscription_id, due_at, id) where status = 'pending';
create index deliveries_leased on deliveries (tenant_id, subscription_id) where lease is not null;
create index deliveries_list on deliveries (tenant_id, subscription_id, id);
create index deliveries_settled on deliveries (settled_at) where settled_at is not null;

create table delivery_attempts (
  tenant_id uuid not null,
  delivery_id uuid not null,
  attempt smallint not null check (attempt > 0),
  at timestamptz not null,
  ms integer not null,
  -- The HTTP status; null where there was no answer.
  status smallint,
  -- The beginning of the answer, or why there was none.
  answer text,
  error text,
  primary key (tenant_id, delivery_id, attempt),
  foreign key (tenant_id, delivery_id) references deliveries on delete cascade
);

create index event_receipts_received on event_receipts (received_at);

do $$
declare
  name text;
begin
  foreach name in array array['webhook_secrets', 'subscriptions', 'deliveries', 'delivery_attempts'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)',
      name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to {engine}', name);
  end loop;
end
$$;
grant select, insert, update on webhook_secrets to {api};
grant select, insert, update, delete on subscriptions to {api};
grant select, insert, update on deliveries to {api};
grant select on delivery_attempts to {api};
