-- Policies: what a tenant settles for itself. Here, for how long things are kept; the audit is kept for ever.

create table policies (
  tenant_id uuid primary key references tenants,
  -- After their end. Null: as long as the installation keeps them, which is also the most.
  executions_days integer check (executions_days between 1 and 36500),
  event_receipts_days integer not null default 30 check (event_receipts_days between 1 and 36500),
  -- After they were settled.
  deliveries_days integer not null default 7 check (deliveries_days between 1 and 36500),
  -- Null: as long as their execution.
  notifications_days integer check (notifications_days between 1 and 36500),
  updated_at timestamptz not null
);

alter table policies enable row level security;
create policy tenant_only on policies to {api} using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy all_tenants on policies to {engine} using (true) with check (true);
grant select, insert, update on policies to {api};
grant select on policies to {engine};

-- Pruning locks what it is about to delete.
grant update on idempotency_keys to {engine};
