-- A suspension counts as a crash does: so many of either without any progress between them end a run. Progress is a step
-- that ended, an attempt of one, or an answer. While what a run did is taken back, nothing begins the count anew.
-- The time that it was at work since its last progress counts against its limit when it comes back.
alter table executions add column spent_ms double precision not null default 0;

create function run_progress(run uuid) returns integer language sql stable as $$
  select (count(*) filter (where status in ('completed', 'failed')) + count(answered_at)
    + coalesce(sum(attempt) filter (where attempts is not null), 0))::integer
  from execution_steps where execution_id = run
$$;

create or replace function count_crash() returns trigger language plpgsql as $$
declare
  progress integer;
begin
  if new.crashes > old.crashes then
    progress := run_progress(new.id);
    if progress > old.crash_steps
      and not exists (select from queue where execution_id = new.id and ending is not null) then
      new.crashes := 1;
      new.spent_ms := 0;
    end if;
    new.crash_steps := progress;
  end if;
  return new;
end
$$;
