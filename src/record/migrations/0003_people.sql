-- People: users and how they sign in, their membership, invitations, agents, keys and councils.

-- A user signs in; a member is what a user is in a tenant. Null until the member has signed in or accepted an invitation.
alter table members add column user_id uuid;
-- A member who was removed keeps the row: votes and the audit log name them.
alter table members add column removed_at timestamptz;
alter table members add constraint removed_has_no_user check (removed_at is null or user_id is null);
create unique index members_user on members (tenant_id, user_id) where user_id is not null;
create index members_of_user on members (user_id) where user_id is not null;
create index members_unclaimed on members (email) where user_id is null and removed_at is null;

-- What better-auth keeps. The tokens of sessions are stored as their SHA-256.
create table app_user (
  id uuid primary key,
  name text not null,
  email text not null unique check (email = lower(email)),
  -- Whether somebody has shown that mail to the address reaches them.
  email_verified boolean not null,
  image text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
alter table members add foreign key (user_id) references app_user;

create table session (
  id uuid primary key,
  token text not null unique check (token ~ '^[0-9a-f]{64}$'),
  user_id uuid not null references app_user on delete cascade,
  -- The tenant that was chosen; null means the user's first one.
  tenant_id uuid references tenants,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index session_by_user on session (user_id);
create index session_expired on session (expires_at);

create table account (
  id uuid primary key,
  user_id uuid not null references app_user on delete cascade,
  provider_id text not null,
  account_id text not null,
  -- scrypt, with a salt of its own.
  password text,
  scope text,
  -- What a provider hands out is used once, to learn who somebody is, and not kept.
  access_token text check (access_token is null),
  refresh_token text check (refresh_token is null),
  id_token text check (id_token is null),
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (provider_id, account_id)
);
create index account_user on account (user_id);

-- Links that were sent and sign-ins under way, by the hash of their token.
create table verification (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index verification_identifier on verification (identifier);

create table invitations (
  tenant_id uuid not null references tenants,
  id uuid not null,
  email text not null check (email = lower(email)),
  role text not null check (role in ('owner', 'admin', 'builder', 'operator', 'viewer')),
  approver_roles text[] not null default '{}',
  token_hash bytea not null unique,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  member_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members,
  constraint accepted_by_a_member check ((accepted_at is null) = (member_id is null)),
  constraint ends_once check (accepted_at is null or revoked_at is null)
);
-- One open invitation for an address and tenant.
create unique index invitations_open on invitations (tenant_id, email) where accepted_at is null and revoked_at is null;
create index invitations_email on invitations (email) where accepted_at is null and revoked_at is null;

-- No members: an agent is in no audience and casts no vote.
create table agents (
  tenant_id uuid not null references tenants,
  id uuid not null,
  name text not null,
  created_by text not null,
  created_at timestamptz not null,
  disabled_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table api_keys (
  tenant_id uuid not null references tenants,
  id uuid not null,
  member_id uuid,
  agent_id uuid,
  name text not null,
  -- Its first characters, by which people tell keys apart.
  prefix text not null,
  hash bytea not null unique,
  -- Names of permissions; null for all that the role may.
  scopes text[],
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members,
  foreign key (tenant_id, agent_id) references agents,
  constraint is_of_one check ((member_id is null) <> (agent_id is null))
);
create index api_keys_member on api_keys (tenant_id, member_id) where member_id is not null;
create index api_keys_agent on api_keys (tenant_id, agent_id) where agent_id is not null;

create table councils (
  tenant_id uuid not null references tenants,
  id uuid not null,
  name text not null check (name ~ '^[a-z0-9]+([_-][a-z0-9]+)*$'),
  title text not null,
  domain text not null,
  -- "majority", "unanimous" or a number of votes.
  threshold jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table council_members (
  tenant_id uuid not null,
  council_id uuid not null,
  member_id uuid not null,
  primary key (tenant_id, council_id, member_id),
  foreign key (tenant_id, council_id) references councils on delete cascade,
  foreign key (tenant_id, member_id) references members
);
create index council_members_member on council_members (tenant_id, member_id);

do $$
declare
  name text;
begin
  foreach name in array array['invitations', 'agents', 'api_keys', 'councils', 'council_members'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)',
      name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
  end loop;
end
$$;
grant select, insert, update on invitations, agents, api_keys to {api};
grant select, insert, update, delete on councils, council_members to {api};
-- The engine asks councils.
grant select on councils, council_members to {engine};
grant update (name) on tenants to {api};

-- The role of those who sign in: the only one that reads users, sessions and credentials. Of tenants it reads what tells it
-- who a request is from, and writes that somebody came, and that a key was used.
grant select, insert, update, delete on app_user, session, account, verification to {identity};
do $$
declare
  name text;
begin
  foreach name in array array['app_user', 'session', 'account', 'verification'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy any_tenant on %I to {identity} using (true) with check (true)', name);
  end loop;
  foreach name in array array['tenants', 'members', 'invitations', 'agents', 'api_keys'] loop
    execute format('create policy any_tenant on %I to {identity} using (true)', name);
    execute format('grant select on %I to {identity}', name);
  end loop;
end
$$;
grant update (user_id) on members to {identity};
grant update (last_used_at) on api_keys to {identity};
-- To lock one while it is accepted.
grant update (accepted_at, member_id) on invitations to {identity};
