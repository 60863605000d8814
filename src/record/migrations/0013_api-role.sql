-- The API's role may do what the API does and no more: what happened, and what was voted and saved, is written once.

revoke insert, update, delete on journal, event_receipts, chained_ends, event_waits from {api};
revoke insert, update on execution_ends from {api};
-- To lock an end that is taken back by a retry takes the right to update something of it; row-level security leaves no other tenant.
grant update (tenant_id) on execution_ends to {api};
revoke update, delete on executions, approval_votes, workflow_versions, signals from {api};
revoke delete on live_executions, workflows from {api};
revoke insert, delete on approvals, forms from {api};
revoke delete on notifications from {api};
