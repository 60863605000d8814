-- A waiting execution may be moved to another version of its workflow.
alter type journal_event add value 'execution.migrated' before 'execution.ended';
