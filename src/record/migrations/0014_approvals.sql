-- Approvals of more than steps: a version that is to be activated, an effect that is held, a draft, a template, a policy.

alter table approvals
  alter column execution_id drop not null,
  alter column step drop not null,
  -- step: asked by approval.request. run: an effect of class C that a policy holds in an execution. activation: a version.
  add column kind text not null default 'step' check (kind in ('step', 'run', 'activation', 'draft', 'template', 'policy')),
  -- The version, draft, template or change of policy that is decided on.
  add column subject_id uuid,
  -- Of an activation: activate_workflow, enable_schedule, send_emails.
  add column acts text[] not null default '{}',
  add column impact text check (impact in ('A', 'B', 'C')),
  -- What a decision signs, and what the hash was made of, so that a difference can be shown.
  add column content_hash text,
  add column content json,
  -- Whose hands were in it (`member:<id>`, `agent:<id>`, `operator` …), and which of them may not vote.
  add column requested_by text,
  add column author text,
  add column last_editor text,
  add column excludes text[] not null default '{}' check (excludes <@ '{requester,author,last_editor}'),
  -- What the approvers may change before they approve, and what they changed it to.
  add column may_edit boolean not null default false,
  add column edit json,
  -- Of the content with the edit: votes on anything else count no more.
  add column edit_hash text,
  -- Since when those who are asked are too few for the rule.
  add column unreachable_at timestamptz,
  -- Whom to ask next when time is up; null rejects.
  add column escalate_to jsonb,
  add column escalated_at timestamptz,
  add column remind_every_ms bigint check (remind_every_ms > 0),
  add column next_reminder_at timestamptz,
  -- When those who are asked were told; null until then. Whoever was asked before this column came was told elsewhere.
  add column told_at timestamptz default now(),
  -- Why it was closed without a vote: withdrawn, or what changed.
  add column closed_reason text;
alter table approvals alter column told_at drop default;
alter table approvals drop constraint approvals_status_check;
alter table approvals add constraint approvals_status_check
  check (status in ('pending', 'approved', 'rejected', 'expired', 'cancelled', 'withdrawn', 'void'));
alter table approvals add constraint holds_a_step
  check ((kind in ('step', 'run')) = (execution_id is not null and step is not null));
alter table approvals add constraint names_a_subject check ((kind in ('step', 'run')) = (subject_id is null));
alter table approvals add constraint signs_content check (kind = 'step' or content_hash is not null);
alter table approvals add constraint edit_has_hash check ((edit is null) = (edit_hash is null));
create unique index approvals_subject on approvals (tenant_id, kind, subject_id, acts) where status = 'pending' and subject_id is not null;
create index approvals_of_kind on approvals (tenant_id, kind, id) where kind <> 'step';
create index approvals_of_impact on approvals (tenant_id, impact, id) where impact is not null;
create index approvals_by_council on approvals (tenant_id, council, id) where council is not null;
create index approvals_of_status on approvals (tenant_id, status, id) where status <> 'pending' and status <> 'approved';
create index approvals_of_subject on approvals (tenant_id, subject_id, id) where subject_id is not null;
create index approvals_due on approvals (expires_at) where status = 'pending' and kind <> 'step';
create index approvals_untold on approvals (created_at) where status = 'pending' and told_at is null;
create index approvals_reminders on approvals (next_reminder_at) where status = 'pending' and next_reminder_at is not null;

alter table approval_votes
  -- Whose seat it fills when somebody votes for another member.
  add column on_behalf_of uuid,
  -- What was signed.
  add column content_hash text,
  add foreign key (tenant_id, on_behalf_of) references members (tenant_id, id),
  drop constraint approval_votes_pkey,
  add primary key (tenant_id, approval_id, ordinal);
-- A member votes once on the same content, and a seat is filled once, by whomever.
create unique index approval_votes_member on approval_votes (tenant_id, approval_id, member_id, coalesce(content_hash, ''));
create unique index approval_votes_seat
  on approval_votes (tenant_id, approval_id, coalesce(on_behalf_of, member_id), coalesce(content_hash, ''));

create table approval_comments (
  tenant_id uuid not null,
  id uuid not null,
  approval_id uuid not null,
  author text not null,
  author_name text not null,
  body text not null check (length(body) between 1 and 5000),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, approval_id) references approvals on delete cascade
);
create index approval_comments_of on approval_comments (tenant_id, approval_id, id);

-- A member hands one approval to another.
create table approval_delegations (
  tenant_id uuid not null,
  approval_id uuid not null,
  member_id uuid not null,
  delegate_id uuid not null check (delegate_id <> member_id),
  created_at timestamptz not null,
  primary key (tenant_id, approval_id, member_id),
  foreign key (tenant_id, approval_id) references approvals on delete cascade,
  foreign key (tenant_id, member_id) references members (tenant_id, id),
  foreign key (tenant_id, delegate_id) references members (tenant_id, id)
);
create index approval_delegations_to on approval_delegations (tenant_id, delegate_id, approval_id);

-- Out of office: somebody else decides meanwhile.
create table absences (
  tenant_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  delegate_id uuid check (delegate_id <> member_id),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  note text,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members (tenant_id, id),
  foreign key (tenant_id, delegate_id) references members (tenant_id, id)
);
create index absences_of on absences (tenant_id, member_id, ends_at);
create index absences_to on absences (tenant_id, delegate_id, ends_at);

-- What is mailed to an approver opens a page; the page decides by POST, once.
create table approval_links (
  tenant_id uuid not null,
  id uuid not null,
  token_hash bytea not null unique,
  approval_id uuid not null,
  member_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, approval_id) references approvals on delete cascade,
  foreign key (tenant_id, member_id) references members (tenant_id, id)
);
create index approval_links_of on approval_links (tenant_id, approval_id);

-- Mails to people that wait to be sent, written with what they tell of.
create table outgoing_mails (
  tenant_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  -- What it is about; once that is decided there is nothing to tell.
  approval_id uuid,
  subject text not null,
  -- Sealed with the installation's key: it may carry a link that decides.
  body bytea not null,
  created_at timestamptz not null,
  next_attempt_at timestamptz,
  attempts integer not null default 0,
  sent_at timestamptz,
  failure text,
  primary key (tenant_id, id),
  foreign key (tenant_id, approval_id) references approvals on delete cascade,
  foreign key (tenant_id, member_id) references members (tenant_id, id)
);
create index outgoing_mails_of on outgoing_mails (tenant_id, approval_id) where approval_id is not null;
create index outgoing_mails_due on outgoing_mails (next_attempt_at) where next_attempt_at is not null;

do $$
declare
  name text;
begin
  foreach name in array array['approval_comments', 'approval_delegations', 'absences', 'approval_links', 'outgoing_mails'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select, insert on %I to {api}', name);
    execute format('grant select, insert, update, delete on %I to {engine}', name);
  end loop;
end
$$;
grant insert on approvals to {api};
grant update, delete on approval_delegations, absences to {api};
grant update on approval_links, outgoing_mails to {api};
