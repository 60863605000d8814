-- What lists of executions and approvals are read by.

-- What a person or an agent has started; what triggers start is listed by workflow, and pays for no index here.
create index executions_started_by on executions (tenant_id, started_by, id)
  where started_by like 'member:%' or started_by like 'agent:%';

-- In the order in which they were started.
drop index executions_children;
create index executions_children on executions (tenant_id, parent_execution_id, id) where parent_execution_id is not null;

-- A column of its own: row-level security lets no index be used through jsonb's operators, because they may tell by an error
-- what is in a row.
alter table approvals add column council text generated always as (approvers ->> 'council') stored;
create index approvals_council on approvals (tenant_id, council, execution_id, id) where council is not null;
