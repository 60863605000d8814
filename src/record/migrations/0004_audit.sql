-- The audit: per tenant a chain of entries, each of which holds the hash of the one before it. Nobody but the owner of the
-- database can write it other than through append_audit, and what the owner does to it `audit verify` finds.

create table audit_entries (
  tenant_id uuid not null,
  seq bigint not null check (seq > 0),
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('member', 'agent', 'operator', 'system')),
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
  -- The hash of the entry before; zeros in the first.
  previous bytea not null check (octet_length(previous) = 32),
  hash bytea not null check (octet_length(hash) = 32),
  primary key (tenant_id, seq)
);
create index audit_entries_time on audit_entries (tenant_id, at);
create index audit_entries_object on audit_entries (tenant_id, object_type, object_id, seq);
create index audit_entries_actor on audit_entries (tenant_id, actor_id, seq) where actor_id is not null;
create index audit_entries_action on audit_entries (tenant_id, action, seq);

-- Where each chain ends: whoever appends locks it, and an end that was cut off shows.
create table audit_heads (
  tenant_id uuid primary key references tenants,
  seq bigint not null check (seq >= 0),
  hash bytea not null check (octet_length(hash) = 32)
) with (fillfactor = 50);

-- A netstring: the number of bytes, a colon, the text, a comma; `-,` for null. No two lists of values have one text.
create function audit_field(value text) returns text language sql immutable as $$
  select coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value || ',', '-,')
$$;

-- SHA-256 over all columns but the hash itself. The time is written the same way whatever the settings of the session are.
create function audit_hash(entry audit_entries) returns bytea language sql stable as $$
  select sha256(convert_to(
    audit_field(entry.tenant_id::text) || audit_field(entry.seq::text)
    || audit_field(to_char(entry.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || audit_field(entry.actor_kind) || audit_field(entry.actor_id) || audit_field(entry.actor_name)
    || audit_field(entry.channel) || audit_field(entry.address) || audit_field(entry.request_id)
    || audit_field(entry.action) || audit_field(entry.object_type) || audit_field(entry.object_id)
    || audit_field(entry.object_name) || audit_field(entry.before::text) || audit_field(entry.after::text)
    || audit_field(encode(entry.previous, 'hex')), 'UTF8'))
$$;

-- The only way to write: appends entries (objects with at, action, object_type, object_id, object_name, before, after) of one
-- actor, and returns the number of the last. The engine's role writes for any tenant, every other for that of its transaction.
create function append_audit(tenant uuid, actor jsonb, entries jsonb) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  -- Inside a function of its owner, current_user is the owner.
  caller regrole := quote_ident(case current_setting('role') when 'none' then session_user else current_setting('role') end);
  head audit_heads;
  given jsonb;
  entry audit_entries;
begin
  if caller <> '{engine}'::regrole and tenant is distinct from nullif(current_setting('app.tenant', true), '')::uuid then
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
$$;

-- How far readers of the feed of executions have come.
create table feed_cursors (
  name text primary key,
  position text not null
);

do $$
declare
  name text;
begin
  foreach name in array array['audit_entries', 'audit_heads'] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy tenant_only on %I to {api} using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)',
      name);
    execute format('create policy all_tenants on %I to {engine} using (true) with check (true)', name);
    execute format('grant select on %I to {api}, {engine}', name);
  end loop;
end
$$;
grant select, insert, update on feed_cursors to {engine};
revoke execute on function append_audit from public;
grant execute on function append_audit to {api}, {engine};
