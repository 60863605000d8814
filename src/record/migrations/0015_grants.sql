-- Grants: what approvals have countersigned, which is all that effects of class C go by; and what a tenant's policy asks for.

create table grants (
  tenant_id uuid not null references tenants,
  id uuid not null,
  -- activation: every execution of the version. draft and run: one execution. template: instant runs of the template.
  kind text not null check (kind in ('activation', 'draft', 'run', 'template')),
  workflow_id uuid not null,
  version_id uuid not null,
  execution_id uuid,
  template_id uuid,
  acts text[] not null,
  -- Of the closure: the definition and the versions of the workflows that it starts.
  content_hash text not null,
  content json not null,
  approval_id uuid,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_reason text,
  primary key (tenant_id, id),
  foreign key (tenant_id, version_id) references workflow_versions (tenant_id, id),
  constraint revoked_has_reason check ((revoked_at is null) = (revoked_reason is null)),
  constraint of_one_execution check (kind not in ('run') or execution_id is not null)
);
create index grants_of_version on grants (tenant_id, version_id, execution_id) where revoked_at is null;
-- What was countersigned before, for the sentence that says why it no longer counts.
create index grants_of_workflow on grants (tenant_id, workflow_id, id) where execution_id is null;
create index grants_of_execution on grants (tenant_id, execution_id, id) where execution_id is not null;
create index grants_of_template on grants (tenant_id, template_id) where template_id is not null and revoked_at is null;
create index grants_of_approval on grants (tenant_id, approval_id);

-- What each class needs, which actions are raised, which hosts are internal; null is what the product says by itself.
alter table policies add column governance jsonb;

-- A change that lowers anything waits for a second person.
create table policy_changes (
  tenant_id uuid not null references tenants,
  id uuid not null,
  status text not null check (status in ('pending', 'applied', 'rejected', 'expired', 'withdrawn', 'void')),
  before json not null,
  after json not null,
  requested_by text not null,
  approval_id uuid,
  created_at timestamptz not null,
  settled_at timestamptz,
  primary key (tenant_id, id),
  constraint settled_has_time check ((status = 'pending') = (settled_at is null))
);
create unique index policy_changes_pending on policy_changes (tenant_id) where status = 'pending';

do $$
declare
  name text;
begin
  foreach name in array array['grants', 'policy_changes'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select, insert, update on %I to {api}', name);
    execute format('grant select, insert, update, delete on %I to {engine}', name);
  end loop;
end
$$;
