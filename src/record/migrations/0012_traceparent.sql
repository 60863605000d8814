-- The trace that an execution continues: that of the request which started it (W3C Trace Context).

alter table executions add column traceparent text
  constraint traceparent_form check (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$');
