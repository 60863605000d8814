-- Drafts: proposed runs in review, what became of each, what people said about it, and when it is converted by itself.

create table drafts (
  tenant_id uuid not null references tenants,
  id uuid not null,
  status text not null check (status in ('editing', 'pending_review', 'approved', 'rejected', 'converted', 'discarded')),
  -- Counts contents: each edit makes a new one.
  revision integer not null default 1 check (revision > 0),
  name text not null check (length(name) between 1 and 200),
  purpose text,
  -- What it runs: a definition of its own, as YAML, or the current version of a workflow that is named.
  source text,
  workflow text,
  -- The name and the category of what it runs, as far as the source can be read.
  workflow_type_id text,
  category text,
  inputs jsonb not null default '{}',
  -- {"at": …} or {"cron": …, "timezone": …}; null is converted by hand.
  schedule jsonb,
  -- Who is to decide, where the category does not say so.
  council text,
  -- Who has been asked to; while it is pending the draft is theirs to see.
  assigned_council_id uuid,
  preview_data json,
  created_by text not null,
  created_by_name text not null,
  created_at timestamptz not null,
  edited_by text not null,
  edited_by_name text not null,
  edited_at timestamptz not null,
  submitted_by text,
  submitted_at timestamptz,
  approval_id uuid,
  -- What was countersigned: conversion is of this or of nothing.
  approved_hash text,
  approved_content json,
  approved_at timestamptz,
  created_from_template_id uuid,
  created_from_proposal_id uuid,
  -- Of a draft that a recurring one has made: that one, and the planned time.
  occurrence_of uuid,
  occurs_at timestamptz,
  -- When the keeper converts it, or makes its next occurrence.
  next_at timestamptz,
  converted_to_workflow_id uuid,
  converted_version_id uuid,
  converted_execution_id uuid,
  converted_by text,
  converted_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, approval_id) references approvals (tenant_id, id),
  foreign key (tenant_id, assigned_council_id) references councils (tenant_id, id) on delete set null (assigned_council_id),
  foreign key (tenant_id, occurrence_of) references drafts (tenant_id, id),
  foreign key (tenant_id, converted_to_workflow_id) references workflows (tenant_id, id),
  foreign key (tenant_id, converted_version_id) references workflow_versions (tenant_id, id),
  constraint runs_one_thing check ((source is null) <> (workflow is null)),
  constraint was_submitted check ((submitted_by is null) = (submitted_at is null)),
  constraint approved_has_content check (status <> 'approved' or approved_hash is not null),
  constraint converted_has_workflow
    check ((status = 'converted') = (converted_at is not null and converted_to_workflow_id is not null)),
  constraint occurs_at_a_time check ((occurrence_of is null) = (occurs_at is null)),
  constraint waits_for_its_time check (next_at is null or status = 'approved')
);
create index drafts_created_by on drafts (tenant_id, created_by, id);
create index drafts_status on drafts (tenant_id, status, id);
create index drafts_due on drafts (next_at) where next_at is not null;
-- Each planned time makes one draft, however many keepers there are.
create unique index drafts_occurrences on drafts (tenant_id, occurrence_of, occurs_at) where occurrence_of is not null;

-- What happened to a draft. Where its content changed, what it was then.
create table draft_history (
  tenant_id uuid not null,
  draft_id uuid not null,
  seq integer not null check (seq > 0),
  revision integer not null,
  action text not null,
  actor text not null,
  actor_name text not null,
  at timestamptz not null,
  content json,
  -- What is different from the revision before, in sentences.
  difference text[] not null default '{}',
  reason text,
  primary key (tenant_id, draft_id, seq),
  foreign key (tenant_id, draft_id) references drafts
);
create unique index draft_revisions on draft_history (tenant_id, draft_id, revision) where content is not null;

create table draft_comments (
  tenant_id uuid not null,
  id uuid not null,
  draft_id uuid not null,
  reply_to uuid,
  author text not null,
  author_name text not null,
  body text not null check (length(body) between 1 and 5000),
  -- The revision that it was said about, and where in it.
  revision integer not null,
  step text,
  line integer check (line > 0),
  created_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by text,
  resolved_by_name text,
  primary key (tenant_id, id),
  -- A reply stays with its draft.
  unique (tenant_id, draft_id, id),
  foreign key (tenant_id, draft_id) references drafts,
  foreign key (tenant_id, draft_id, reply_to) references draft_comments (tenant_id, draft_id, id),
  constraint one_anchor check (num_nonnulls(step, line, reply_to) < 2),
  constraint resolved_by_somebody check ((resolved_at is null) = (resolved_by is null))
);
create index draft_comments_of on draft_comments (tenant_id, draft_id, id);

-- What a council has decided, the newest first.
create index approvals_of_council on approvals (tenant_id, (approvers ->> 'council'), decided_at desc, id)
  where status <> 'pending' and approvers ->> 'council' is not null;

do $$
declare
  name text;
begin
  foreach name in array array['drafts', 'draft_history', 'draft_comments'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select, insert on %I to {api}', name);
    execute format('grant select, insert, update, delete on %I to {engine}', name);
  end loop;
end
$$;
grant update on drafts, draft_comments to {api};
