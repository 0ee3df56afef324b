-- Runs that wait for more than time: an answer, an event, a person, another run.

-- A run that another run started: `parent_key` is the place in the parent's journal that waits for it; without one (a
-- fan-out) nobody waits. `trigger_id` is the schedule or the event that started it.
alter table executions add column parent_id uuid;
alter table executions add column parent_key text;
alter table executions add column forked_from uuid;
alter table executions add column trigger_id uuid;
create index executions_parent on executions (parent_id, id) where parent_id is not null;

alter table waits alter column due_at drop not null;
alter table waits drop constraint waits_kind_check;
alter table waits add constraint waits_kind_check
  check (kind in ('timer', 'retry', 'event', 'resume', 'task', 'child'));
alter table waits add constraint waits_due_check check (due_at is not null or kind not in ('timer', 'retry'));
-- What a person reads of it: a sentence without its subject ("for the order's approval").
alter table waits add column reason text;
alter table waits add column child_id uuid;
create index waits_child on waits (child_id) where child_id is not null;

-- What a step that suspended is called again with, and who answered.
alter table execution_steps add column resume_data json;
alter table execution_steps add column answered_by text;
alter table execution_steps add column answered_at timestamptz;

-- Answers that came before the run got to where it asks. The first one for a name counts.
create table early_answers (
  execution_id uuid not null,
  name text not null,
  org_id uuid not null,
  data json not null,
  answered_by text not null,
  answered_at timestamptz not null,
  primary key (execution_id, name)
);

-- Runs that ended and have somebody to tell: a parent that waits, or children that nobody waits for any more. Whatever
-- statement ended the run, the row is there with it.
create table run_ends (execution_id uuid primary key);
create function note_run_end() returns trigger language plpgsql as $$
begin
  insert into run_ends (execution_id) values (new.id) on conflict do nothing;
  return null;
end $$;
create trigger executions_end after update of status on executions for each row
  when (new.status in ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT', 'CANCELLED')
    and old.status is distinct from new.status
    and (new.parent_key is not null or (new.durable and new.status in ('FAILED', 'TIMEOUT', 'CANCELLED'))))
  execute function note_run_end();
