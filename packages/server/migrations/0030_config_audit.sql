-- Whoever changes a value says which one they saw.
alter table config_entries add column version integer not null default 1;

-- A change that a run made says which run.
alter table audit_log add column execution_id uuid;
create index audit_log_at on audit_log (at);
