-- The schema as the migrations make it, for review. Written by docs/generate/schema.ts; not run by anything.
-- {api} and {engine} stand for the roles that the API and the engine log in as.

-- Types

create type journal_event as enum ('step.started', 'step.fanned_out', 'step.waiting', 'step.retrying', 'step.completed', 'step.failed', 'step.skipped', 'compensation.retrying', 'compensation.completed', 'compensation.failed', 'execution.paused', 'execution.resumed', 'execution.cancelling', 'execution.failing', 'execution.retried', 'execution.migrated', 'execution.ended');

-- Tables

create table absences (
  tenant_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  delegate_id uuid,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  note text,
  created_at timestamp with time zone not null,
  constraint absences_pkey PRIMARY KEY (tenant_id, id),
  constraint absences_tenant_id_delegate_id_fkey FOREIGN KEY (tenant_id, delegate_id) REFERENCES members(tenant_id, id),
  constraint absences_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id),
  constraint absences_check CHECK ((delegate_id <> member_id)),
  constraint absences_check1 CHECK ((ends_at > starts_at))
);

create table account (
  id uuid not null,
  user_id uuid not null,
  provider_id text not null,
  account_id text not null,
  password text,
  scope text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamp with time zone,
  refresh_token_expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint account_pkey PRIMARY KEY (id),
  constraint account_provider_id_account_id_key UNIQUE (provider_id, account_id),
  constraint account_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE,
  constraint account_access_token_check CHECK ((access_token IS NULL)),
  constraint account_id_token_check CHECK ((id_token IS NULL)),
  constraint account_refresh_token_check CHECK ((refresh_token IS NULL))
);

create table agents (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  disabled_at timestamp with time zone,
  constraint agents_pkey PRIMARY KEY (tenant_id, id),
  constraint agents_tenant_id_name_key UNIQUE (tenant_id, name),
  constraint agents_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);

create table api_keys (
  tenant_id uuid not null,
  id uuid not null,
  member_id uuid,
  agent_id uuid,
  name text not null,
  prefix text not null,
  hash bytea not null,
  scopes text[],
  created_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (tenant_id, id),
  constraint api_keys_hash_key UNIQUE (hash),
  constraint api_keys_tenant_id_agent_id_fkey FOREIGN KEY (tenant_id, agent_id) REFERENCES agents(tenant_id, id),
  constraint api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint api_keys_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id),
  constraint is_of_one CHECK (((member_id IS NULL) <> (agent_id IS NULL)))
);

create table app_user (
  id uuid not null,
  name text not null,
  email text not null,
  email_verified boolean not null,
  image text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint app_user_pkey PRIMARY KEY (id),
  constraint app_user_email_key UNIQUE (email),
  constraint app_user_email_check CHECK ((email = lower(email)))
);

create table approval_comments (
  tenant_id uuid not null,
  id uuid not null,
  approval_id uuid not null,
  author text not null,
  author_name text not null,
  body text not null,
  created_at timestamp with time zone not null,
  constraint approval_comments_pkey PRIMARY KEY (tenant_id, id),
  constraint approval_comments_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES approvals(tenant_id, id) ON DELETE CASCADE,
  constraint approval_comments_body_check CHECK (((length(body) >= 1) AND (length(body) <= 5000)))
);

create table approval_delegations (
  tenant_id uuid not null,
  approval_id uuid not null,
  member_id uuid not null,
  delegate_id uuid not null,
  created_at timestamp with time zone not null,
  constraint approval_delegations_pkey PRIMARY KEY (tenant_id, approval_id, member_id),
  constraint approval_delegations_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES approvals(tenant_id, id) ON DELETE CASCADE,
  constraint approval_delegations_tenant_id_delegate_id_fkey FOREIGN KEY (tenant_id, delegate_id) REFERENCES members(tenant_id, id),
  constraint approval_delegations_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id),
  constraint approval_delegations_check CHECK ((delegate_id <> member_id))
);

create table approval_links (
  tenant_id uuid not null,
  id uuid not null,
  token_hash bytea not null,
  approval_id uuid not null,
  member_id uuid not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint approval_links_pkey PRIMARY KEY (tenant_id, id),
  constraint approval_links_token_hash_key UNIQUE (token_hash),
  constraint approval_links_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES approvals(tenant_id, id) ON DELETE CASCADE,
  constraint approval_links_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id)
);

create table approval_votes (
  tenant_id uuid not null,
  approval_id uuid not null,
  member_id uuid not null,
  ordinal bigint generated always as identity not null,
  vote text not null,
  reason text,
  channel text not null,
  created_at timestamp with time zone not null,
  on_behalf_of uuid,
  content_hash text,
  constraint approval_votes_pkey PRIMARY KEY (tenant_id, approval_id, ordinal),
  constraint approval_votes_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES approvals(tenant_id, id) ON DELETE CASCADE,
  constraint approval_votes_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id),
  constraint approval_votes_tenant_id_on_behalf_of_fkey FOREIGN KEY (tenant_id, on_behalf_of) REFERENCES members(tenant_id, id),
  constraint approval_votes_vote_check CHECK ((vote = ANY (ARRAY['approve'::text, 'reject'::text])))
);

create table approvals (
  tenant_id uuid not null,
  id uuid not null,
  execution_id uuid,
  step text,
  item integer,
  status text not null,
  summary text not null,
  details jsonb,
  approvers jsonb not null,
  quorum jsonb not null,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  decided_at timestamp with time zone,
  council text default (approvers ->> 'council'::text),
  kind text default 'step'::text not null,
  subject_id uuid,
  acts text[] default '{}'::text[] not null,
  impact text,
  content_hash text,
  content json,
  requested_by text,
  author text,
  last_editor text,
  excludes text[] default '{}'::text[] not null,
  may_edit boolean default false not null,
  edit json,
  edit_hash text,
  unreachable_at timestamp with time zone,
  escalate_to jsonb,
  escalated_at timestamp with time zone,
  remind_every_ms bigint,
  next_reminder_at timestamp with time zone,
  told_at timestamp with time zone,
  closed_reason text,
  constraint approvals_pkey PRIMARY KEY (tenant_id, id),
  constraint approvals_excludes_check CHECK ((excludes <@ '{requester,author,last_editor}'::text[])),
  constraint approvals_impact_check CHECK ((impact = ANY (ARRAY['A'::text, 'B'::text, 'C'::text]))),
  constraint approvals_kind_check CHECK ((kind = ANY (ARRAY['step'::text, 'run'::text, 'activation'::text, 'draft'::text, 'template'::text, 'policy'::text]))),
  constraint approvals_remind_every_ms_check CHECK ((remind_every_ms > 0)),
  constraint approvals_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'expired'::text, 'cancelled'::text, 'withdrawn'::text, 'void'::text]))),
  constraint decided_has_time CHECK (((status = 'pending'::text) = (decided_at IS NULL))),
  constraint edit_has_hash CHECK (((edit IS NULL) = (edit_hash IS NULL))),
  constraint holds_a_step CHECK (((kind = ANY (ARRAY['step'::text, 'run'::text])) = ((execution_id IS NOT NULL) AND (step IS NOT NULL)))),
  constraint names_a_subject CHECK (((kind = ANY (ARRAY['step'::text, 'run'::text])) = (subject_id IS NULL))),
  constraint signs_content CHECK (((kind = 'step'::text) OR (content_hash IS NOT NULL)))
);

create table audit_entries (
  tenant_id uuid not null,
  seq bigint not null,
  at timestamp with time zone not null,
  actor_kind text not null,
  actor_id text,
  actor_name text not null,
  channel text not null,
  address text,
  request_id text,
  action text not null,
  object_type text not null,
  object_id text not null,
  object_name text,
  before jsonb,
  after jsonb,
  previous bytea not null,
  hash bytea not null,
  constraint audit_entries_pkey PRIMARY KEY (tenant_id, seq),
  constraint audit_entries_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['member'::text, 'agent'::text, 'operator'::text, 'system'::text]))),
  constraint audit_entries_hash_check CHECK ((octet_length(hash) = 32)),
  constraint audit_entries_previous_check CHECK ((octet_length(previous) = 32)),
  constraint audit_entries_seq_check CHECK ((seq > 0))
);

create table audit_heads (
  tenant_id uuid not null,
  seq bigint not null,
  hash bytea not null,
  constraint audit_heads_pkey PRIMARY KEY (tenant_id),
  constraint audit_heads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint audit_heads_hash_check CHECK ((octet_length(hash) = 32)),
  constraint audit_heads_seq_check CHECK ((seq >= 0))
) with (fillfactor=50);

create table chained_ends (
  tenant_id uuid not null,
  execution_id uuid not null,
  ended_at timestamp with time zone not null,
  constraint chained_ends_pkey PRIMARY KEY (tenant_id, execution_id)
);

create table council_members (
  tenant_id uuid not null,
  council_id uuid not null,
  member_id uuid not null,
  constraint council_members_pkey PRIMARY KEY (tenant_id, council_id, member_id),
  constraint council_members_tenant_id_council_id_fkey FOREIGN KEY (tenant_id, council_id) REFERENCES councils(tenant_id, id) ON DELETE CASCADE,
  constraint council_members_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id)
);

create table councils (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  title text not null,
  domain text not null,
  threshold jsonb not null,
  created_at timestamp with time zone not null,
  constraint councils_pkey PRIMARY KEY (tenant_id, id),
  constraint councils_tenant_id_name_key UNIQUE (tenant_id, name),
  constraint councils_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint councils_name_check CHECK ((name ~ '^[a-z0-9]+([_-][a-z0-9]+)*$'::text))
);

create table deliveries (
  tenant_id uuid not null,
  id uuid not null,
  subscription_id uuid not null,
  event_id text not null,
  type text not null,
  execution_id uuid,
  body text not null,
  status text not null,
  tries smallint default 0 not null,
  attempts smallint default 0 not null,
  created_at timestamp with time zone not null,
  due_at timestamp with time zone,
  lease uuid,
  settled_at timestamp with time zone,
  constraint deliveries_pkey PRIMARY KEY (tenant_id, id),
  constraint deliveries_tenant_id_subscription_id_event_id_key UNIQUE (tenant_id, subscription_id, event_id),
  constraint deliveries_tenant_id_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions(tenant_id, id) ON DELETE CASCADE,
  constraint deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text, 'dropped'::text]))),
  constraint leased_is_pending CHECK (((lease IS NULL) OR (status = 'pending'::text))),
  constraint pending_is_due CHECK (((status = 'pending'::text) = (due_at IS NOT NULL))),
  constraint settled_has_time CHECK (((status = 'pending'::text) = (settled_at IS NULL)))
) with (fillfactor=80);

create table delivery_attempts (
  tenant_id uuid not null,
  delivery_id uuid not null,
  attempt smallint not null,
  at timestamp with time zone not null,
  ms integer not null,
  status smallint,
  answer text,
  error text,
  constraint delivery_attempts_pkey PRIMARY KEY (tenant_id, delivery_id, attempt),
  constraint delivery_attempts_tenant_id_delivery_id_fkey FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries(tenant_id, id) ON DELETE CASCADE,
  constraint delivery_attempts_attempt_check CHECK ((attempt > 0))
);

create table draft_comments (
  tenant_id uuid not null,
  id uuid not null,
  draft_id uuid not null,
  reply_to uuid,
  author text not null,
  author_name text not null,
  body text not null,
  revision integer not null,
  step text,
  line integer,
  created_at timestamp with time zone not null,
  resolved_at timestamp with time zone,
  resolved_by text,
  resolved_by_name text,
  constraint draft_comments_pkey PRIMARY KEY (tenant_id, id),
  constraint draft_comments_tenant_id_draft_id_id_key UNIQUE (tenant_id, draft_id, id),
  constraint draft_comments_tenant_id_draft_id_fkey FOREIGN KEY (tenant_id, draft_id) REFERENCES drafts(tenant_id, id),
  constraint draft_comments_tenant_id_draft_id_reply_to_fkey FOREIGN KEY (tenant_id, draft_id, reply_to) REFERENCES draft_comments(tenant_id, draft_id, id),
  constraint draft_comments_body_check CHECK (((length(body) >= 1) AND (length(body) <= 5000))),
  constraint draft_comments_line_check CHECK ((line > 0)),
  constraint one_anchor CHECK ((num_nonnulls(step, line, reply_to) < 2)),
  constraint resolved_by_somebody CHECK (((resolved_at IS NULL) = (resolved_by IS NULL)))
);

create table draft_history (
  tenant_id uuid not null,
  draft_id uuid not null,
  seq integer not null,
  revision integer not null,
  action text not null,
  actor text not null,
  actor_name text not null,
  at timestamp with time zone not null,
  content json,
  difference text[] default '{}'::text[] not null,
  reason text,
  constraint draft_history_pkey PRIMARY KEY (tenant_id, draft_id, seq),
  constraint draft_history_tenant_id_draft_id_fkey FOREIGN KEY (tenant_id, draft_id) REFERENCES drafts(tenant_id, id),
  constraint draft_history_seq_check CHECK ((seq > 0))
);

create table drafts (
  tenant_id uuid not null,
  id uuid not null,
  status text not null,
  revision integer default 1 not null,
  name text not null,
  purpose text,
  source text,
  workflow text,
  workflow_type_id text,
  category text,
  inputs jsonb default '{}'::jsonb not null,
  schedule jsonb,
  council text,
  assigned_council_id uuid,
  preview_data json,
  created_by text not null,
  created_by_name text not null,
  created_at timestamp with time zone not null,
  edited_by text not null,
  edited_by_name text not null,
  edited_at timestamp with time zone not null,
  submitted_by text,
  submitted_at timestamp with time zone,
  approval_id uuid,
  approved_hash text,
  approved_content json,
  approved_at timestamp with time zone,
  created_from_template_id uuid,
  created_from_proposal_id uuid,
  occurrence_of uuid,
  occurs_at timestamp with time zone,
  next_at timestamp with time zone,
  converted_to_workflow_id uuid,
  converted_version_id uuid,
  converted_execution_id uuid,
  converted_by text,
  converted_at timestamp with time zone,
  constraint drafts_pkey PRIMARY KEY (tenant_id, id),
  constraint drafts_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES approvals(tenant_id, id),
  constraint drafts_tenant_id_assigned_council_id_fkey FOREIGN KEY (tenant_id, assigned_council_id) REFERENCES councils(tenant_id, id) ON DELETE SET NULL (assigned_council_id),
  constraint drafts_tenant_id_converted_to_workflow_id_fkey FOREIGN KEY (tenant_id, converted_to_workflow_id) REFERENCES workflows(tenant_id, id),
  constraint drafts_tenant_id_converted_version_id_fkey FOREIGN KEY (tenant_id, converted_version_id) REFERENCES workflow_versions(tenant_id, id),
  constraint drafts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint drafts_tenant_id_occurrence_of_fkey FOREIGN KEY (tenant_id, occurrence_of) REFERENCES drafts(tenant_id, id),
  constraint approved_has_content CHECK (((status <> 'approved'::text) OR (approved_hash IS NOT NULL))),
  constraint converted_has_workflow CHECK (((status = 'converted'::text) = ((converted_at IS NOT NULL) AND (converted_to_workflow_id IS NOT NULL)))),
  constraint drafts_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint drafts_revision_check CHECK ((revision > 0)),
  constraint drafts_status_check CHECK ((status = ANY (ARRAY['editing'::text, 'pending_review'::text, 'approved'::text, 'rejected'::text, 'converted'::text, 'discarded'::text]))),
  constraint occurs_at_a_time CHECK (((occurrence_of IS NULL) = (occurs_at IS NULL))),
  constraint runs_one_thing CHECK (((source IS NULL) <> (workflow IS NULL))),
  constraint waits_for_its_time CHECK (((next_at IS NULL) OR (status = 'approved'::text))),
  constraint was_submitted CHECK (((submitted_by IS NULL) = (submitted_at IS NULL)))
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
  traceparent text,
  constraint executions_key PRIMARY KEY (tenant_id, id),
  constraint has_concurrency_whole CHECK (((concurrency_key IS NULL) = (concurrency_limit IS NULL))),
  constraint traceparent_form CHECK ((traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'::text))
);

create table feed_cursors (
  name text not null,
  "position" text not null,
  constraint feed_cursors_pkey PRIMARY KEY (name)
);

create table feed_stragglers (
  tenant_id uuid not null,
  execution_id uuid not null,
  seq integer not null,
  xid bigint not null,
  at timestamp with time zone not null,
  noted_at timestamp with time zone not null,
  constraint feed_stragglers_pkey PRIMARY KEY (xid, execution_id, seq)
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

create table grants (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  workflow_id uuid not null,
  version_id uuid not null,
  execution_id uuid,
  template_id uuid,
  acts text[] not null,
  content_hash text not null,
  content json not null,
  approval_id uuid,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revoked_reason text,
  constraint grants_pkey PRIMARY KEY (tenant_id, id),
  constraint grants_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint grants_tenant_id_version_id_fkey FOREIGN KEY (tenant_id, version_id) REFERENCES workflow_versions(tenant_id, id),
  constraint grants_kind_check CHECK ((kind = ANY (ARRAY['activation'::text, 'draft'::text, 'run'::text, 'template'::text]))),
  constraint of_one_execution CHECK (((kind <> 'run'::text) OR (execution_id IS NOT NULL))),
  constraint revoked_has_reason CHECK (((revoked_at IS NULL) = (revoked_reason IS NULL)))
);

create table idempotency_keys (
  tenant_id uuid not null,
  actor text not null,
  key text not null,
  request_hash bytea not null,
  status smallint,
  answer text,
  is_sealed boolean default false not null,
  headers json,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint idempotency_keys_pkey PRIMARY KEY (tenant_id, actor, key),
  constraint idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);

create table invitations (
  tenant_id uuid not null,
  id uuid not null,
  email text not null,
  role text not null,
  approver_roles text[] default '{}'::text[] not null,
  token_hash bytea not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  revoked_at timestamp with time zone,
  member_id uuid,
  constraint invitations_pkey PRIMARY KEY (tenant_id, id),
  constraint invitations_token_hash_key UNIQUE (token_hash),
  constraint invitations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint invitations_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id),
  constraint accepted_by_a_member CHECK (((accepted_at IS NULL) = (member_id IS NULL))),
  constraint ends_once CHECK (((accepted_at IS NULL) OR (revoked_at IS NULL))),
  constraint invitations_email_check CHECK ((email = lower(email))),
  constraint invitations_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'builder'::text, 'operator'::text, 'viewer'::text])))
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
  user_id uuid,
  removed_at timestamp with time zone,
  constraint members_pkey PRIMARY KEY (tenant_id, id),
  constraint members_tenant_id_email_key UNIQUE (tenant_id, email),
  constraint members_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint members_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id),
  constraint members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'builder'::text, 'operator'::text, 'viewer'::text]))),
  constraint removed_has_no_user CHECK (((removed_at IS NULL) OR (user_id IS NULL)))
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

create table outgoing_mails (
  tenant_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  approval_id uuid,
  subject text not null,
  body bytea not null,
  created_at timestamp with time zone not null,
  next_attempt_at timestamp with time zone,
  attempts integer default 0 not null,
  sent_at timestamp with time zone,
  failure text,
  constraint outgoing_mails_pkey PRIMARY KEY (tenant_id, id),
  constraint outgoing_mails_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES approvals(tenant_id, id) ON DELETE CASCADE,
  constraint outgoing_mails_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES members(tenant_id, id)
);

create table policies (
  tenant_id uuid not null,
  executions_days integer,
  event_receipts_days integer default 30 not null,
  deliveries_days integer default 7 not null,
  notifications_days integer,
  updated_at timestamp with time zone not null,
  governance jsonb,
  constraint policies_pkey PRIMARY KEY (tenant_id),
  constraint policies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint policies_deliveries_days_check CHECK (((deliveries_days >= 1) AND (deliveries_days <= 36500))),
  constraint policies_event_receipts_days_check CHECK (((event_receipts_days >= 1) AND (event_receipts_days <= 36500))),
  constraint policies_executions_days_check CHECK (((executions_days >= 1) AND (executions_days <= 36500))),
  constraint policies_notifications_days_check CHECK (((notifications_days >= 1) AND (notifications_days <= 36500)))
);

create table policy_changes (
  tenant_id uuid not null,
  id uuid not null,
  status text not null,
  before json not null,
  after json not null,
  requested_by text not null,
  approval_id uuid,
  created_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  constraint policy_changes_pkey PRIMARY KEY (tenant_id, id),
  constraint policy_changes_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint policy_changes_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'applied'::text, 'rejected'::text, 'expired'::text, 'withdrawn'::text, 'void'::text]))),
  constraint settled_has_time CHECK (((status = 'pending'::text) = (settled_at IS NULL)))
);

create table schema_migrations (
  name text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migrations_pkey PRIMARY KEY (name)
);

create table secrets (
  tenant_id uuid not null,
  name text not null,
  version integer not null,
  description text,
  key_id text not null,
  nonce bytea not null,
  ciphertext bytea not null,
  tag bytea not null,
  bytes integer not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  constraint secrets_pkey PRIMARY KEY (tenant_id, name),
  constraint secrets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint secrets_bytes_check CHECK (((bytes >= 4) AND (bytes <= 65536))),
  constraint secrets_name_check CHECK ((name ~ '^[A-Z][A-Z0-9_]{0,63}$'::text)),
  constraint secrets_nonce_check CHECK ((octet_length(nonce) = 12)),
  constraint secrets_tag_check CHECK ((octet_length(tag) = 16)),
  constraint secrets_version_check CHECK ((version > 0))
);

create table session (
  id uuid not null,
  token text not null,
  user_id uuid not null,
  tenant_id uuid,
  expires_at timestamp with time zone not null,
  ip_address text,
  user_agent text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint session_pkey PRIMARY KEY (id),
  constraint session_token_key UNIQUE (token),
  constraint session_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint session_user_id_fkey FOREIGN KEY (user_id) REFERENCES app_user(id) ON DELETE CASCADE,
  constraint session_token_check CHECK ((token ~ '^[0-9a-f]{64}$'::text))
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

create table subscriptions (
  tenant_id uuid not null,
  id uuid not null,
  url text not null,
  description text,
  event_types text[] not null,
  workflow text,
  status text not null,
  disabled_reason text,
  secret text not null,
  previous_secret text,
  previous_expires_at timestamp with time zone,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  failing_since timestamp with time zone,
  constraint subscriptions_pkey PRIMARY KEY (tenant_id, id),
  constraint subscriptions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint previous_is_whole CHECK (((previous_secret IS NULL) = (previous_expires_at IS NULL))),
  constraint reason_of_disabled CHECK (((disabled_reason IS NULL) OR (status = 'disabled'::text))),
  constraint subscriptions_event_types_check CHECK ((cardinality(event_types) > 0)),
  constraint subscriptions_status_check CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text])))
);

create table template_flags (
  tenant_id uuid not null,
  id uuid not null,
  template_id uuid not null,
  watched text not null,
  used_by text,
  runs integer not null,
  usual_per_hour double precision not null,
  created_at timestamp with time zone not null,
  constraint template_flags_pkey PRIMARY KEY (tenant_id, id),
  constraint template_flags_tenant_id_template_id_fkey FOREIGN KEY (tenant_id, template_id) REFERENCES templates(tenant_id, id),
  constraint names_the_member CHECK (((watched = 'member'::text) = (used_by IS NOT NULL))),
  constraint template_flags_runs_check CHECK ((runs > 0)),
  constraint template_flags_watched_check CHECK ((watched = ANY (ARRAY['template'::text, 'member'::text])))
);

create table template_uses (
  tenant_id uuid not null,
  id uuid not null,
  template_id uuid not null,
  kind text not null,
  execution_id uuid,
  draft_id uuid,
  used_by text not null,
  created_at timestamp with time zone not null,
  constraint template_uses_pkey PRIMARY KEY (tenant_id, id),
  constraint template_uses_tenant_id_template_id_fkey FOREIGN KEY (tenant_id, template_id) REFERENCES templates(tenant_id, id),
  constraint names_what_it_made CHECK ((((kind = 'run'::text) = (execution_id IS NOT NULL)) AND ((kind = 'draft'::text) = (draft_id IS NOT NULL)))),
  constraint template_uses_kind_check CHECK ((kind = ANY (ARRAY['run'::text, 'draft'::text])))
);

create table templates (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  title text not null,
  description text not null,
  category text not null,
  tags text[] default '{}'::text[] not null,
  source text not null,
  definition json not null,
  definition_hash text not null,
  default_inputs json not null,
  required_fields text[] not null,
  optional_fields text[] not null,
  approved_copy_blocks json not null,
  is_pre_approved boolean default false not null,
  approved_by_council_id uuid,
  approval_id uuid,
  approved_hash text,
  approved_content json,
  asked_council_id uuid,
  workflow_id uuid,
  version_id uuid,
  usage_count integer default 0 not null,
  last_used_at timestamp with time zone,
  origin_execution_id uuid,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  revision integer default 1 not null,
  deleted_at timestamp with time zone,
  constraint templates_pkey PRIMARY KEY (tenant_id, id),
  constraint templates_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint templates_tenant_id_version_id_fkey FOREIGN KEY (tenant_id, version_id) REFERENCES workflow_versions(tenant_id, id),
  constraint pre_approved_by_a_council CHECK (
CASE
    WHEN is_pre_approved THEN ((num_nulls(approved_by_council_id, approval_id, approved_hash, approved_content, workflow_id, version_id) = 0) AND (deleted_at IS NULL))
    ELSE (num_nonnulls(approved_by_council_id, approval_id, approved_hash, approved_content) = 0)
END),
  constraint templates_name_check CHECK (((name ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (length(name) <= 80))),
  constraint templates_revision_check CHECK ((revision > 0)),
  constraint templates_usage_count_check CHECK ((usage_count >= 0)),
  constraint used_has_time CHECK (((usage_count = 0) = (last_used_at IS NULL)))
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

create table verification (
  id text not null,
  identifier text not null,
  value text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint verification_pkey PRIMARY KEY (id)
);

create table webhook_secrets (
  tenant_id uuid not null,
  workflow_id uuid not null,
  "position" integer not null,
  secret text not null,
  set_at timestamp with time zone not null,
  previous_secret text,
  previous_expires_at timestamp with time zone,
  constraint webhook_secrets_pkey PRIMARY KEY (tenant_id, workflow_id, "position"),
  constraint webhook_secrets_tenant_id_workflow_id_fkey FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows(tenant_id, id) ON DELETE CASCADE,
  constraint previous_is_whole CHECK (((previous_secret IS NULL) = (previous_expires_at IS NULL)))
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

create table workflow_test_runs (
  tenant_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  version integer not null,
  content_hash text not null,
  tests_hash text not null,
  passed integer not null,
  failed integer not null,
  green boolean not null,
  cases jsonb not null,
  ran_by text not null,
  ran_at timestamp with time zone not null,
  constraint workflow_test_runs_pkey PRIMARY KEY (tenant_id, id),
  constraint workflow_test_runs_tenant_id_workflow_id_fkey FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows(tenant_id, id),
  constraint green_is_all_passed CHECK ((green = ((passed > 0) AND (failed = 0)))),
  constraint workflow_test_runs_failed_check CHECK ((failed >= 0)),
  constraint workflow_test_runs_passed_check CHECK ((passed >= 0)),
  constraint workflow_test_runs_version_check CHECK ((version > 0))
);

create table workflow_tests (
  tenant_id uuid not null,
  workflow_id uuid not null,
  source text not null,
  tests_hash text not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint workflow_tests_pkey PRIMARY KEY (tenant_id, workflow_id),
  constraint workflow_tests_tenant_id_workflow_id_fkey FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows(tenant_id, id)
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

CREATE INDEX absences_of ON public.absences USING btree (tenant_id, member_id, ends_at);

CREATE INDEX absences_to ON public.absences USING btree (tenant_id, delegate_id, ends_at);

CREATE INDEX account_user ON public.account USING btree (user_id);

CREATE INDEX api_keys_agent ON public.api_keys USING btree (tenant_id, agent_id) WHERE (agent_id IS NOT NULL);

CREATE INDEX api_keys_member ON public.api_keys USING btree (tenant_id, member_id) WHERE (member_id IS NOT NULL);

CREATE INDEX approval_comments_of ON public.approval_comments USING btree (tenant_id, approval_id, id);

CREATE INDEX approval_delegations_to ON public.approval_delegations USING btree (tenant_id, delegate_id, approval_id);

CREATE INDEX approval_links_of ON public.approval_links USING btree (tenant_id, approval_id);

CREATE UNIQUE INDEX approval_votes_member ON public.approval_votes USING btree (tenant_id, approval_id, member_id, COALESCE(content_hash, ''::text));

CREATE UNIQUE INDEX approval_votes_seat ON public.approval_votes USING btree (tenant_id, approval_id, COALESCE(on_behalf_of, member_id), COALESCE(content_hash, ''::text));

CREATE INDEX approvals_by_council ON public.approvals USING btree (tenant_id, council, id) WHERE (council IS NOT NULL);

CREATE INDEX approvals_council ON public.approvals USING btree (tenant_id, council, execution_id, id) WHERE (council IS NOT NULL);

CREATE INDEX approvals_due ON public.approvals USING btree (expires_at) WHERE ((status = 'pending'::text) AND (kind <> 'step'::text));

CREATE INDEX approvals_execution ON public.approvals USING btree (tenant_id, execution_id);

CREATE INDEX approvals_of_council ON public.approvals USING btree (tenant_id, ((approvers ->> 'council'::text)), decided_at DESC, id) WHERE ((status <> 'pending'::text) AND ((approvers ->> 'council'::text) IS NOT NULL));

CREATE INDEX approvals_of_impact ON public.approvals USING btree (tenant_id, impact, id) WHERE (impact IS NOT NULL);

CREATE INDEX approvals_of_kind ON public.approvals USING btree (tenant_id, kind, id) WHERE (kind <> 'step'::text);

CREATE INDEX approvals_of_status ON public.approvals USING btree (tenant_id, status, id) WHERE ((status <> 'pending'::text) AND (status <> 'approved'::text));

CREATE INDEX approvals_of_subject ON public.approvals USING btree (tenant_id, subject_id, id) WHERE (subject_id IS NOT NULL);

CREATE INDEX approvals_pending ON public.approvals USING btree (tenant_id, expires_at, id) WHERE (status = 'pending'::text);

CREATE INDEX approvals_reminders ON public.approvals USING btree (next_reminder_at) WHERE ((status = 'pending'::text) AND (next_reminder_at IS NOT NULL));

CREATE UNIQUE INDEX approvals_subject ON public.approvals USING btree (tenant_id, kind, subject_id, acts) WHERE ((status = 'pending'::text) AND (subject_id IS NOT NULL));

CREATE INDEX approvals_untold ON public.approvals USING btree (created_at) WHERE ((status = 'pending'::text) AND (told_at IS NULL));

CREATE INDEX audit_entries_action ON public.audit_entries USING btree (tenant_id, action, seq);

CREATE INDEX audit_entries_actor ON public.audit_entries USING btree (tenant_id, actor_id, seq) WHERE (actor_id IS NOT NULL);

CREATE INDEX audit_entries_object ON public.audit_entries USING btree (tenant_id, object_type, object_id, seq);

CREATE INDEX audit_entries_time ON public.audit_entries USING btree (tenant_id, at);

CREATE INDEX council_members_member ON public.council_members USING btree (tenant_id, member_id);

CREATE INDEX deliveries_due ON public.deliveries USING btree (tenant_id, subscription_id, due_at, id) WHERE (status = 'pending'::text);

CREATE INDEX deliveries_leased ON public.deliveries USING btree (tenant_id, subscription_id) WHERE (lease IS NOT NULL);

CREATE INDEX deliveries_list ON public.deliveries USING btree (tenant_id, subscription_id, id);

CREATE INDEX deliveries_settled ON public.deliveries USING btree (settled_at) WHERE (settled_at IS NOT NULL);

CREATE INDEX draft_comments_of ON public.draft_comments USING btree (tenant_id, draft_id, id);

CREATE UNIQUE INDEX draft_revisions ON public.draft_history USING btree (tenant_id, draft_id, revision) WHERE (content IS NOT NULL);

CREATE INDEX drafts_created_by ON public.drafts USING btree (tenant_id, created_by, id);

CREATE INDEX drafts_due ON public.drafts USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE UNIQUE INDEX drafts_occurrences ON public.drafts USING btree (tenant_id, occurrence_of, occurs_at) WHERE (occurrence_of IS NOT NULL);

CREATE INDEX drafts_status ON public.drafts USING btree (tenant_id, status, id);

CREATE INDEX event_receipts_received ON public.event_receipts USING btree (received_at);

CREATE INDEX event_waits_event ON public.event_waits USING btree (tenant_id, event);

CREATE INDEX execution_ends_bad ON public.execution_ends USING btree (tenant_id, status, id) WHERE (status <> 'completed'::text);

CREATE INDEX executions_children ON public.executions USING btree (tenant_id, parent_execution_id, id) WHERE (parent_execution_id IS NOT NULL);

CREATE INDEX executions_created ON public.executions USING brin (created_at) WITH (pages_per_range='32', autosummarize='on');

CREATE UNIQUE INDEX executions_dedupe ON public.executions USING btree (tenant_id, dedupe_key) WHERE (dedupe_key IS NOT NULL);

CREATE INDEX executions_started_by ON public.executions USING btree (tenant_id, started_by, id) WHERE ((started_by ~~ 'member:%'::text) OR (started_by ~~ 'agent:%'::text));

CREATE INDEX executions_workflow ON public.executions USING btree (tenant_id, workflow_id, id);

CREATE INDEX feed_stragglers_noted ON public.feed_stragglers USING brin (noted_at);

CREATE INDEX forms_execution ON public.forms USING btree (tenant_id, execution_id);

CREATE INDEX forms_pending ON public.forms USING btree (tenant_id, expires_at, id) WHERE (status = 'pending'::text);

CREATE INDEX grants_of_approval ON public.grants USING btree (tenant_id, approval_id);

CREATE INDEX grants_of_execution ON public.grants USING btree (tenant_id, execution_id, id) WHERE (execution_id IS NOT NULL);

CREATE INDEX grants_of_template ON public.grants USING btree (tenant_id, template_id) WHERE ((template_id IS NOT NULL) AND (revoked_at IS NULL));

CREATE INDEX grants_of_version ON public.grants USING btree (tenant_id, version_id, execution_id) WHERE (revoked_at IS NULL);

CREATE INDEX grants_of_workflow ON public.grants USING btree (tenant_id, workflow_id, id) WHERE (execution_id IS NULL);

CREATE INDEX idempotency_keys_expired ON public.idempotency_keys USING btree (expires_at);

CREATE INDEX invitations_email ON public.invitations USING btree (email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));

CREATE UNIQUE INDEX invitations_open ON public.invitations USING btree (tenant_id, email) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX journal_at ON ONLY public.journal USING brin (at) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX live_holding ON public.live_executions USING btree (tenant_id, concurrency_key) WHERE ((concurrency_key IS NOT NULL) AND (status <> 'queued'::text));

CREATE INDEX live_limited ON public.live_executions USING btree (tenant_id, concurrency_key, runnable_at) WHERE ((worker_id IS NULL) AND (runnable_at IS NOT NULL) AND (concurrency_key IS NOT NULL) AND (status = 'queued'::text));

CREATE INDEX live_runnable ON public.live_executions USING btree (tenant_id, runnable_at) WHERE ((worker_id IS NULL) AND (runnable_at IS NOT NULL) AND ((concurrency_key IS NULL) OR (status <> 'queued'::text)));

CREATE INDEX members_of_user ON public.members USING btree (user_id) WHERE (user_id IS NOT NULL);

CREATE INDEX members_unclaimed ON public.members USING btree (email) WHERE ((user_id IS NULL) AND (removed_at IS NULL));

CREATE UNIQUE INDEX members_user ON public.members USING btree (tenant_id, user_id) WHERE (user_id IS NOT NULL);

CREATE INDEX outgoing_mails_due ON public.outgoing_mails USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX outgoing_mails_of ON public.outgoing_mails USING btree (tenant_id, approval_id) WHERE (approval_id IS NOT NULL);

CREATE UNIQUE INDEX policy_changes_pending ON public.policy_changes USING btree (tenant_id) WHERE (status = 'pending'::text);

CREATE INDEX secrets_key ON public.secrets USING btree (key_id, tenant_id, name);

CREATE INDEX session_by_user ON public.session USING btree (user_id);

CREATE INDEX session_expired ON public.session USING btree (expires_at);

CREATE INDEX subscriptions_active ON public.subscriptions USING btree (tenant_id, id) WHERE (status = 'active'::text);

CREATE INDEX template_flags_by ON public.template_flags USING btree (tenant_id, used_by, created_at) WHERE (used_by IS NOT NULL);

CREATE INDEX template_flags_of ON public.template_flags USING btree (tenant_id, template_id, created_at);

CREATE INDEX template_uses_by ON public.template_uses USING btree (tenant_id, used_by, created_at) WHERE (kind = 'run'::text);

CREATE UNIQUE INDEX template_uses_draft ON public.template_uses USING btree (tenant_id, draft_id) WHERE (draft_id IS NOT NULL);

CREATE UNIQUE INDEX template_uses_execution ON public.template_uses USING btree (tenant_id, execution_id) WHERE (execution_id IS NOT NULL);

CREATE INDEX template_uses_of ON public.template_uses USING btree (tenant_id, template_id, created_at) WHERE (kind = 'run'::text);

CREATE INDEX templates_by_use ON public.templates USING btree (tenant_id, usage_count DESC, name) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX templates_name ON public.templates USING btree (tenant_id, name) WHERE (deleted_at IS NULL);

CREATE INDEX triggers_due ON public.triggers USING btree (next_fire_at) WHERE (enabled AND (next_fire_at IS NOT NULL));

CREATE INDEX triggers_subject ON public.triggers USING btree (tenant_id, kind, subject) WHERE (enabled AND (subject IS NOT NULL));

CREATE INDEX verification_identifier ON public.verification USING btree (identifier);

CREATE INDEX workflow_test_runs_content ON public.workflow_test_runs USING btree (tenant_id, content_hash, id DESC);

CREATE INDEX workflow_test_runs_of ON public.workflow_test_runs USING btree (tenant_id, workflow_id, id DESC);

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

alter table absences enable row level security;

alter table account enable row level security;

alter table agents enable row level security;

alter table api_keys enable row level security;

alter table app_user enable row level security;

alter table approval_comments enable row level security;

alter table approval_delegations enable row level security;

alter table approval_links enable row level security;

alter table approval_votes enable row level security;

alter table approvals enable row level security;

alter table audit_entries enable row level security;

alter table audit_heads enable row level security;

alter table chained_ends enable row level security;

alter table council_members enable row level security;

alter table councils enable row level security;

alter table deliveries enable row level security;

alter table delivery_attempts enable row level security;

alter table draft_comments enable row level security;

alter table draft_history enable row level security;

alter table drafts enable row level security;

alter table event_receipts enable row level security;

alter table event_waits enable row level security;

alter table execution_ends enable row level security;

alter table executions enable row level security;

alter table feed_stragglers enable row level security;

alter table forms enable row level security;

alter table grants enable row level security;

alter table idempotency_keys enable row level security;

alter table invitations enable row level security;

alter table journal enable row level security;

alter table live_executions enable row level security;

alter table members enable row level security;

alter table notifications enable row level security;

alter table outgoing_mails enable row level security;

alter table policies enable row level security;

alter table policy_changes enable row level security;

alter table secrets enable row level security;

alter table session enable row level security;

alter table signals enable row level security;

alter table subscriptions enable row level security;

alter table template_flags enable row level security;

alter table template_uses enable row level security;

alter table templates enable row level security;

alter table tenants enable row level security;

alter table triggers enable row level security;

alter table verification enable row level security;

alter table webhook_secrets enable row level security;

alter table workflow_test_runs enable row level security;

alter table workflow_tests enable row level security;

alter table workflow_versions enable row level security;

alter table workflows enable row level security;

-- Policies

create policy all_tenants on absences as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on absences as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy any_tenant on account as permissive for all to {identity} using (true) with check (true);

create policy all_tenants on agents as permissive for all to {engine} using (true) with check (true);

create policy any_tenant on agents as permissive for all to {identity} using (true);

create policy tenant_only on agents as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on api_keys as permissive for all to {engine} using (true) with check (true);

create policy any_tenant on api_keys as permissive for all to {identity} using (true);

create policy tenant_only on api_keys as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy any_tenant on app_user as permissive for all to {identity} using (true) with check (true);

create policy all_tenants on approval_comments as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on approval_comments as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on approval_delegations as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on approval_delegations as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on approval_links as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on approval_links as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on approval_votes as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on approval_votes as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on approvals as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on approvals as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on audit_entries as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on audit_entries as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on audit_heads as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on audit_heads as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on chained_ends as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on chained_ends as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on council_members as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on council_members as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on councils as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on councils as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on deliveries as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on deliveries as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on delivery_attempts as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on delivery_attempts as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on draft_comments as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on draft_comments as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on draft_history as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on draft_history as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on drafts as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on drafts as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on event_receipts as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on event_receipts as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on event_waits as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on event_waits as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on execution_ends as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on execution_ends as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on executions as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on executions as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on feed_stragglers as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on feed_stragglers as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on forms as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on forms as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on grants as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on grants as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on idempotency_keys as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on idempotency_keys as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on invitations as permissive for all to {engine} using (true) with check (true);

create policy any_tenant on invitations as permissive for all to {identity} using (true);

create policy tenant_only on invitations as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on journal as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on journal as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on live_executions as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on live_executions as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on members as permissive for all to {engine} using (true) with check (true);

create policy any_tenant on members as permissive for all to {identity} using (true);

create policy tenant_only on members as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on notifications as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on notifications as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on outgoing_mails as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on outgoing_mails as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on policies as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on policies as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on policy_changes as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on policy_changes as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on secrets as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on secrets as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy any_tenant on session as permissive for all to {identity} using (true) with check (true);

create policy all_tenants on signals as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on signals as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on subscriptions as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on subscriptions as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on template_flags as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on template_flags as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on template_uses as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on template_uses as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on templates as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on templates as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on tenants as permissive for all to {engine} using (true) with check (true);

create policy any_tenant on tenants as permissive for all to {identity} using (true);

create policy tenant_only on tenants as permissive for all to {api} using ((id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on triggers as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on triggers as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy any_tenant on verification as permissive for all to {identity} using (true) with check (true);

create policy all_tenants on webhook_secrets as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on webhook_secrets as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on workflow_test_runs as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on workflow_test_runs as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on workflow_tests as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on workflow_tests as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on workflow_versions as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on workflow_versions as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

create policy all_tenants on workflows as permissive for all to {engine} using (true) with check (true);

create policy tenant_only on workflows as permissive for all to {api} using ((tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid));

-- Functions

CREATE OR REPLACE FUNCTION public.append_audit(tenant uuid, actor jsonb, entries jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  -- Inside a function of its owner, current_user is the owner.
  caller regrole := quote_ident(case current_setting('role') when 'none' then session_user else current_setting('role') end);
  head audit_heads;
  given jsonb;
  entry audit_entries;
begin
  if caller <> '"{engine}"'::regrole and tenant is distinct from nullif(current_setting('app.tenant', true), '')::uuid then
    raise exception 'an audit entry belongs to the tenant of its transaction' using errcode = 'insufficient_privilege';
  end if;
  select * into head from audit_heads h where h.tenant_id = tenant for update;
  if not found then
    insert into audit_heads values (tenant, 0, decode(repeat('00', 32), 'hex')) on conflict do nothing;
    select * into strict head from audit_heads h where h.tenant_id = tenant for update;
  end if;
  for given in select value from jsonb_array_elements(entries) loop
    entry.tenant_id := tenant;
    entry.seq := head.seq + 1;
    entry.at := given ->> 'at';
    entry.actor_kind := actor ->> 'kind';
    entry.actor_id := actor ->> 'id';
    entry.actor_name := actor ->> 'name';
    entry.channel := actor ->> 'channel';
    entry.address := actor ->> 'address';
    entry.request_id := actor ->> 'request_id';
    entry.action := given ->> 'action';
    entry.object_type := given ->> 'object_type';
    entry.object_id := given ->> 'object_id';
    entry.object_name := given ->> 'object_name';
    entry.before := nullif(given -> 'before', 'null');
    entry.after := nullif(given -> 'after', 'null');
    entry.previous := head.hash;
    entry.hash := audit_hash(entry);
    insert into audit_entries values (entry.*);
    head.seq := entry.seq;
    head.hash := entry.hash;
  end loop;
  update audit_heads h set seq = head.seq, hash = head.hash where h.tenant_id = tenant;
  return head.seq;
end
$function$
;

CREATE OR REPLACE FUNCTION public.audit_field(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value || ',', '-,')
$function$
;

CREATE OR REPLACE FUNCTION public.audit_hash(entry audit_entries)
 RETURNS bytea
 LANGUAGE sql
 STABLE
AS $function$
  select sha256(convert_to(
    audit_field(entry.tenant_id::text) || audit_field(entry.seq::text)
    || audit_field(to_char(entry.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || audit_field(entry.actor_kind) || audit_field(entry.actor_id) || audit_field(entry.actor_name)
    || audit_field(entry.channel) || audit_field(entry.address) || audit_field(entry.request_id)
    || audit_field(entry.action) || audit_field(entry.object_type) || audit_field(entry.object_id)
    || audit_field(entry.object_name) || audit_field(entry.before::text) || audit_field(entry.after::text)
    || audit_field(encode(entry.previous, 'hex')), 'UTF8'))
$function$
;

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

CREATE OR REPLACE FUNCTION public.note_straggler()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO '$user', 'public'
AS $function$
begin
  if session_user = current_user then
    return null;
  elsif tg_argv[0] = 'journal' then
    insert into feed_stragglers (tenant_id, execution_id, seq, xid, at, noted_at)
    select tenant_id, execution_id, seq, transaction_base() - age(xmin), at, clock_timestamp()
    from journal where execution_id = new.execution_id and seq = new.seq;
  else
    insert into feed_stragglers (tenant_id, execution_id, seq, xid, at, noted_at)
    select tenant_id, id, 0, transaction_base() - age(xmin), created_at, clock_timestamp()
    from executions where tenant_id = new.tenant_id and id = new.id;
  end if;
  return null;
end
$function$
;

CREATE OR REPLACE FUNCTION public.transaction_base()
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select h + age((h % 4294967296)::text::xid) from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as h) horizon
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

-- Triggers

CREATE TRIGGER executions_stragglers AFTER INSERT ON public.executions FOR EACH ROW WHEN (((new.created_at < (clock_timestamp() - '00:00:02'::interval)) OR (new.created_at > (transaction_timestamp() + '00:00:02'::interval)))) EXECUTE FUNCTION note_straggler('executions');

CREATE TRIGGER journal_stragglers AFTER INSERT ON public.journal FOR EACH ROW WHEN (((new.at < (clock_timestamp() - '00:00:02'::interval)) OR (new.at > (transaction_timestamp() + '00:00:02'::interval)))) EXECUTE FUNCTION note_straggler('journal');

CREATE TRIGGER journal_stragglers AFTER INSERT ON public.journal_default FOR EACH ROW WHEN (((new.at < (clock_timestamp() - '00:00:02'::interval)) OR (new.at > (transaction_timestamp() + '00:00:02'::interval)))) EXECUTE FUNCTION note_straggler('journal');

-- Grants

grant delete, insert, select, update on absences to {api};

grant delete, insert, select, update on absences to {engine};

grant delete, insert, select, update on account to {identity};

grant insert, select, update on agents to {api};

grant select on agents to {identity};

grant insert, select, update on api_keys to {api};

grant select on api_keys to {identity};

grant delete, insert, select, update on app_user to {identity};

grant delete, insert, select, update on approval_comments to {engine};

grant insert, select on approval_comments to {api};

grant delete, insert, select, update on approval_delegations to {api};

grant delete, insert, select, update on approval_delegations to {engine};

grant delete, insert, select, update on approval_links to {engine};

grant insert, select, update on approval_links to {api};

grant delete, insert, select, update on approval_votes to {engine};

grant insert, select on approval_votes to {api};

grant delete, insert, select, update on approvals to {engine};

grant insert, select, update on approvals to {api};

grant select on audit_entries to {api};

grant select on audit_entries to {engine};

grant select on audit_heads to {api};

grant select on audit_heads to {engine};

grant delete, insert, select, update on chained_ends to {engine};

grant select on chained_ends to {api};

grant delete, insert, select, update on council_members to {api};

grant select on council_members to {engine};

grant delete, insert, select, update on councils to {api};

grant select on councils to {engine};

grant delete, insert, select, update on deliveries to {engine};

grant insert, select, update on deliveries to {api};

grant delete, insert, select, update on delivery_attempts to {engine};

grant select on delivery_attempts to {api};

grant delete, insert, select, update on draft_comments to {engine};

grant insert, select, update on draft_comments to {api};

grant delete, insert, select, update on draft_history to {engine};

grant insert, select on draft_history to {api};

grant delete, insert, select, update on drafts to {engine};

grant insert, select, update on drafts to {api};

grant delete, insert, select, update on event_receipts to {engine};

grant select on event_receipts to {api};

grant delete, insert, select, update on event_waits to {engine};

grant select on event_waits to {api};

grant delete, insert, select, update on execution_ends to {engine};

grant delete, select on execution_ends to {api};

grant select on execution_states to {api};

grant select on execution_states to {engine};

grant delete, insert, select, update on executions to {engine};

grant insert, select on executions to {api};

grant insert, select, update on feed_cursors to {engine};

grant delete, select on feed_stragglers to {engine};

grant select on feed_stragglers to {api};

grant delete, insert, select, update on forms to {engine};

grant select, update on forms to {api};

grant execute on function append_audit(uuid,jsonb,jsonb) to {api};

grant execute on function append_audit(uuid,jsonb,jsonb) to {engine};

grant execute on function audit_field(text) to public;

grant execute on function audit_hash(audit_entries) to public;

grant execute on function drop_oldest_journal_partition(timestamp with time zone) to {engine};

grant execute on function ensure_journal_partitions(timestamp with time zone,integer) to {engine};

grant execute on function transaction_base() to public;

grant execute on function uuid_at(timestamp with time zone) to public;

grant delete, insert, select, update on grants to {engine};

grant insert, select, update on grants to {api};

grant delete, select, update on idempotency_keys to {engine};

grant insert, select, update on idempotency_keys to {api};

grant insert, select, update on invitations to {api};

grant select on invitations to {identity};

grant delete, insert, select, update on journal to {engine};

grant select on journal to {api};

grant delete, insert, select, update on live_executions to {engine};

grant insert, select, update on live_executions to {api};

grant delete, insert, select, update on members to {api};

grant delete, insert, select, update on members to {engine};

grant select on members to {identity};

grant delete, insert, select, update on notifications to {engine};

grant insert, select, update on notifications to {api};

grant delete, insert, select, update on outgoing_mails to {engine};

grant insert, select, update on outgoing_mails to {api};

grant insert, select, update on policies to {api};

grant select on policies to {engine};

grant delete, insert, select, update on policy_changes to {engine};

grant insert, select, update on policy_changes to {api};

grant delete, insert, select, update on secrets to {engine};

grant delete, insert, update on secrets to {api};

grant delete, insert, select, update on session to {identity};

grant delete, insert, select, update on signals to {engine};

grant insert, select on signals to {api};

grant delete, insert, select, update on subscriptions to {api};

grant delete, insert, select, update on subscriptions to {engine};

grant delete, insert, select, update on template_flags to {engine};

grant insert, select on template_flags to {api};

grant delete, insert, select, update on template_uses to {engine};

grant insert, select on template_uses to {api};

grant delete, insert, select, update on templates to {engine};

grant insert, select, update on templates to {api};

grant insert, select, update on tenants to {engine};

grant select on tenants to {api};

grant select on tenants to {identity};

grant delete, insert, select, update on triggers to {api};

grant delete, insert, select, update on triggers to {engine};

grant delete, insert, select, update on verification to {identity};

grant delete, insert, select, update on webhook_secrets to {engine};

grant insert, select, update on webhook_secrets to {api};

grant delete, insert, select, update on workers to {engine};

grant delete, insert, select, update on workflow_test_runs to {engine};

grant insert, select on workflow_test_runs to {api};

grant delete, insert, select, update on workflow_tests to {engine};

grant insert, select, update on workflow_tests to {api};

grant delete, insert, select, update on workflow_versions to {engine};

grant insert, select on workflow_versions to {api};

grant delete, insert, select, update on workflows to {engine};

grant insert, select, update on workflows to {api};
