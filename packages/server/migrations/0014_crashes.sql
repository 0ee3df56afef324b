-- A run that lives for weeks sees many deploys and lost machines. What counts against it are crashes without any progress
-- between them: when a step has ended since the last one, the count begins anew.
alter table executions add column crash_steps integer not null default 0;

create function count_crash() returns trigger language plpgsql as $$
declare
  ended integer;
begin
  if new.crashes > old.crashes then
    select count(*) into ended from execution_steps where execution_id = new.id and status in ('completed', 'failed');
    if ended > old.crash_steps then
      new.crashes := 1;
    end if;
    new.crash_steps := ended;
  end if;
  return new;
end
$$;
-- Only statements that name the column pay for it.
create trigger executions_crash before update of crashes on executions for each row execute function count_crash();
