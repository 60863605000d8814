-- Templates: blueprints of workflows, those that a council has approved in advance, and each use of them.

create table templates (
  tenant_id uuid not null references tenants,
  id uuid not null,
  name text not null check (name ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(name) <= 80),
  title text not null,
  description text not null,
  category text not null,
  tags text[] not null default '{}',
  -- YAML, and what it says.
  source text not null,
  definition json not null,
  -- Of the definition: what is written otherwise but says the same is the same content.
  definition_hash text not null,
  default_inputs json not null,
  required_fields text[] not null,
  optional_fields text[] not null,
  approved_copy_blocks json not null,
  is_pre_approved boolean not null default false,
  approved_by_council_id uuid,
  approval_id uuid,
  -- What the council has signed: the closure of the workflow, the inputs, fields and copy blocks.
  approved_hash text,
  approved_content json,
  -- The council that is asked now.
  asked_council_id uuid,
  -- What instant runs run. The workflow stays inactive: nothing else starts it.
  workflow_id uuid,
  version_id uuid,
  -- One for each row of template_uses.
  usage_count integer not null default 0 check (usage_count >= 0),
  last_used_at timestamptz,
  origin_execution_id uuid,
  created_by text not null,
  created_at timestamptz not null,
  updated_by text not null,
  updated_at timestamptz not null,
  revision integer not null default 1 check (revision > 0),
  deleted_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, version_id) references workflow_versions (tenant_id, id),
  constraint pre_approved_by_a_council check (
    case when is_pre_approved
      then num_nulls(approved_by_council_id, approval_id, approved_hash, approved_content, workflow_id, version_id) = 0
        and deleted_at is null
      else num_nonnulls(approved_by_council_id, approval_id, approved_hash, approved_content) = 0 end),
  constraint used_has_time check ((usage_count = 0) = (last_used_at is null))
);
create unique index templates_name on templates (tenant_id, name) where deleted_at is null;
create index templates_by_use on templates (tenant_id, usage_count desc, name) where deleted_at is null;

create table template_uses (
  tenant_id uuid not null,
  id uuid not null,
  template_id uuid not null,
  -- run: an instant run of a pre-approved one. draft: a draft was made from it.
  kind text not null check (kind in ('run', 'draft')),
  execution_id uuid,
  draft_id uuid,
  used_by text not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, template_id) references templates (tenant_id, id),
  constraint names_what_it_made check (
    (kind = 'run') = (execution_id is not null) and (kind = 'draft') = (draft_id is not null))
);
create unique index template_uses_execution on template_uses (tenant_id, execution_id) where execution_id is not null;
create unique index template_uses_draft on template_uses (tenant_id, draft_id) where draft_id is not null;
create index template_uses_of on template_uses (tenant_id, template_id, created_at) where kind = 'run';
create index template_uses_by on template_uses (tenant_id, used_by, created_at) where kind = 'run';

-- An unusual rate of instant runs, told to the council.
create table template_flags (
  tenant_id uuid not null,
  id uuid not null,
  template_id uuid not null,
  -- template: by all together. member: by one member or agent, over all templates.
  watched text not null check (watched in ('template', 'member')),
  used_by text,
  runs integer not null check (runs > 0),
  usual_per_hour double precision not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, template_id) references templates (tenant_id, id),
  constraint names_the_member check ((watched = 'member') = (used_by is not null))
);
create index template_flags_of on template_flags (tenant_id, template_id, created_at);
create index template_flags_by on template_flags (tenant_id, used_by, created_at) where used_by is not null;

do $$
declare
  name text;
begin
  foreach name in array array['templates', 'template_uses', 'template_flags'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select, insert on %I to {api}', name);
    execute format('grant select, insert, update, delete on %I to {engine}', name);
  end loop;
end
$$;
grant update on templates to {api};
