-- Runs whose code does not fit their journal wait to be continued; the version that a run began with is remembered when it
-- is moved to another.
alter table executions add column original_version text;
alter table waits drop constraint waits_kind_check;
alter table waits add constraint waits_kind_check
  check (kind in ('timer', 'retry', 'event', 'resume', 'task', 'child', 'parked'));
