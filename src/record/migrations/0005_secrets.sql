-- Secrets: values by name that steps use, encrypted with a key of the installation.

create table secrets (
  tenant_id uuid not null references tenants,
  name text not null check (name ~ '^[A-Z][A-Z0-9_]{0,63}$'),
  -- Grows with each value; tenant, name and version are authenticated with the ciphertext.
  version integer not null check (version > 0),
  description text,
  -- Which key of the key file sealed it.
  key_id text not null,
  nonce bytea not null check (octet_length(nonce) = 12),
  ciphertext bytea not null,
  tag bytea not null check (octet_length(tag) = 16),
  bytes integer not null check (bytes between 4 and 65536),
  created_by text not null,
  created_at timestamptz not null,
  updated_by text not null,
  updated_at timestamptz not null,
  last_used_at timestamptz,
  primary key (tenant_id, name)
);
-- Finds what a rotation of the installation's key has left to do.
create index secrets_key on secrets (key_id, tenant_id, name);

alter table secrets enable row level security;
create policy tenant_only on secrets to {api} using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy all_tenants on secrets to {engine} using (true) with check (true);
-- The API's role writes what is sealed and never reads it; actions of packs write as that role too.
grant select (tenant_id, name, version, description, key_id, bytes, created_by, created_at, updated_by, updated_at, last_used_at)
  on secrets to {api};
grant insert, update, delete on secrets to {api};
grant select, insert, update, delete on secrets to {engine};
