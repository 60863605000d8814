-- Requests that were sent with an Idempotency-Key, and what was answered, so that a second one gets the same answer.

create table idempotency_keys (
  tenant_id uuid not null references tenants,
  -- Who sent it: keys of different callers are different keys.
  actor text not null,
  key text not null,
  -- HMAC-SHA-256 of method, path and body.
  request_hash bytea not null,
  -- Null only while the transaction that handles the request is under way.
  status smallint,
  -- Sealed where the answer holds a secret.
  answer text,
  is_sealed boolean not null default false,
  headers json,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (tenant_id, actor, key)
);
create index idempotency_keys_expired on idempotency_keys (expires_at);

alter table idempotency_keys enable row level security;
create policy tenant_only on idempotency_keys to {api} using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy all_tenants on idempotency_keys to {engine} using (true) with check (true);
grant select, insert, update on idempotency_keys to {api};
grant select, delete on idempotency_keys to {engine};
