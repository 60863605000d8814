-- Test cases of workflows: what they are, and what came of running them, by the content hash that an approval signs.

create table workflow_tests (
  tenant_id uuid not null,
  workflow_id uuid not null,
  -- YAML, as it was given.
  source text not null,
  -- SHA-256 of the source.
  tests_hash text not null,
  updated_by text not null,
  updated_at timestamptz not null,
  primary key (tenant_id, workflow_id),
  foreign key (tenant_id, workflow_id) references workflows (tenant_id, id)
);

-- Written once and never changed: one row for each run of the saved cases.
create table workflow_test_runs (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version integer not null check (version > 0),
  -- Of the version that was tested, and of the cases it was tested with.
  content_hash text not null,
  tests_hash text not null,
  passed integer not null check (passed >= 0),
  failed integer not null check (failed >= 0),
  green boolean not null,
  cases jsonb not null,
  ran_by text not null,
  ran_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, workflow_id) references workflows (tenant_id, id),
  constraint green_is_all_passed check (green = (passed > 0 and failed = 0))
);
create index workflow_test_runs_of on workflow_test_runs (tenant_id, workflow_id, id desc);
create index workflow_test_runs_content on workflow_test_runs (tenant_id, content_hash, id desc);

do $$
declare
  name text;
begin
  foreach name in array array['workflow_tests', 'workflow_test_runs'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select, insert on %I to {api}', name);
    execute format('grant select, insert, update, delete on %I to {engine}', name);
  end loop;
end
$$;
grant update on workflow_tests to {api};
