-- "Slot" had five meanings. What a run counts for under a concurrency limit is its concurrency key; when a schedule fires is
-- a fire time.
alter table queue rename column slot_key to concurrency_key;
alter table executions rename column slot_key to concurrency_key;
alter index queue_slot_taken rename to queue_concurrency_taken;

drop index queue_slot_waiting;
alter table queue drop constraint queue_gate_check;
update queue set gate = 'concurrency' where gate = 'slot';
alter table queue add constraint queue_gate_check check (gate in ('concurrency', 'rate'));
create index queue_concurrency_waiting on queue (concurrency_key, priority desc, execution_id)
  where gate = 'concurrency';

-- The rules as they were accepted, as text: a label may hold what jsonb does not. Those of runs that have ended are read by
-- nothing.
update queue set flow = ('{"concurrency":' || substr(flow::text, 9))::json where flow::text like '{"slot":%';
update executions set flow = ('{"concurrency":' || substr(flow::text, 9))::json
  where flow::text like '{"slot":%' and ended_at is null;

alter function slot_limit(text, integer) rename to concurrency_limit;

create or replace function queue_return() returns trigger language plpgsql as $$
begin
  select e.priority, e.concurrency_key, e.flow into new.priority, new.concurrency_key, new.flow
    from executions e where e.id = new.execution_id;
  new.priority := coalesce(new.priority, 0);
  if new.concurrency_key is not null then
    new.gate := 'concurrency';
    new.ready := false;
  end if;
  return new;
end $$;

alter table schedule_slots rename to schedule_fire_times;
alter table schedule_fire_times rename column slot to fire_time;
alter table schedule_fire_times rename constraint schedule_slots_pkey to schedule_fire_times_pkey;
alter table schedule_fire_times rename constraint schedule_slots_schedule_id_fkey to schedule_fire_times_schedule_id_fkey;
alter table schedule_fire_times rename constraint schedule_slots_status_check to schedule_fire_times_status_check;
alter index schedule_slots_waiting rename to schedule_fire_times_waiting;
alter index schedule_slots_active rename to schedule_fire_times_active;
alter index schedule_slots_age rename to schedule_fire_times_age;
alter table schedule_fire_times drop constraint schedule_slots_kind_check;
update schedule_fire_times set kind = 'on_time' where kind = 'slot';
alter table schedule_fire_times add constraint schedule_fire_times_kind_check
  check (kind in ('on_time', 'catch_up', 'manual'));
