-- The feed: everything that happens to executions, in the order in which it was committed, without a byte more on the journal.
-- Each row's hidden xmin says which transaction wrote it, and a snapshot says below which transaction all are over: what lies
-- below is complete. Only when a row was written has to be found quickly, and for that a few bytes per 32 pages do.

-- cspell:ignore brin autosummarize
create index journal_at on journal using brin (at) with (pages_per_range = 32, autosummarize = on);
create index executions_created on executions using brin (created_at) with (pages_per_range = 32, autosummarize = on);

-- What adds the age of a row's xmin to a full transaction id. Both are counted from the same moment of the same transaction.
create function transaction_base() returns bigint language sql stable as $$
  select h + age((h % 4294967296)::text::xid) from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as h) horizon
$$;

-- Rows whose own time lies more than two seconds before they were inserted, or more than two after their transaction began:
-- written after an outage, in a long transaction, under a clock that is wrong. All others bind the order of transactions to
-- that of times: if the transaction of R is not older than that of P, then R.at >= P.at - 4 s, because R.at + 2 s >= insertion
-- of R >= begin of P >= P.at - 2 s. So a reader looks back four seconds for those, and finds these here.
create table feed_stragglers (
  tenant_id uuid not null,
  execution_id uuid not null,
  seq integer not null,
  -- The full id of the transaction that wrote the row.
  xid bigint not null,
  at timestamptz not null,
  noted_at timestamptz not null,
  primary key (xid, execution_id, seq)
);
create index feed_stragglers_noted on feed_stragglers using brin (noted_at);
alter table feed_stragglers enable row level security;
create policy tenant_only on feed_stragglers to {api} using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
create policy all_tenants on feed_stragglers to {engine} using (true) with check (true);
grant select on feed_stragglers to {api};
grant select, delete on feed_stragglers to {engine};

-- What the database's owner loads, such as a backup, is no news.
create function note_straggler() returns trigger
language plpgsql security definer set search_path from current as $$
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
$$;
revoke execute on function note_straggler from public;
create trigger journal_stragglers after insert on journal for each row
  when (new.at < clock_timestamp() - interval '2 s' or new.at > transaction_timestamp() + interval '2 s')
  execute function note_straggler('journal');
create trigger executions_stragglers after insert on executions for each row
  when (new.created_at < clock_timestamp() - interval '2 s' or new.created_at > transaction_timestamp() + interval '2 s')
  execute function note_straggler('executions');
