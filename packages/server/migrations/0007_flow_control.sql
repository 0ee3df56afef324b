-- Flow control: which runs may start when. All of it is decided here, so that limits hold across workers. A run that may
-- not start yet is in the queue with `ready` false, where claims never look.

-- What it waits for besides its time: 'slot' (concurrency) or 'rate'. Null for runs without such a limit.
alter table queue add column gate text check (gate in ('slot', 'rate'));
-- <organisation>/<workflow>/<rule>/<value of the key>
alter table queue add column slot_key text;
alter table queue add column rate_key text;
-- Set while a later start replaces this one.
alter table queue add column debounce_key text;
-- The rules as they were when it was accepted, for the day when its workflow has none any more, and for the reason shown.
alter table queue add column flow json;

-- What a run needs again when it comes back from waiting.
alter table executions add column priority smallint not null default 0;
alter table executions add column slot_key text;
alter table executions add column flow json;
-- The call of workflows.startMany that started it, as the key of its place in the parent's journal.
alter table executions add column fan_out text;

-- Whatever brings a suspended run back to the queue, its priority and its limit come back with it.
create function queue_return() returns trigger language plpgsql as $$
begin
  select e.priority, e.slot_key, e.flow into new.priority, new.slot_key, new.flow
    from executions e where e.id = new.execution_id;
  new.priority := coalesce(new.priority, 0);
  if new.slot_key is not null then
    new.gate := 'slot';
    new.ready := false;
  end if;
  return new;
end $$;
create trigger queue_return before insert on queue for each row
  when (new.worker_id is null and new.claim > 0) execute function queue_return();

drop index queue_due;
create index queue_due on queue (due_at) where not ready and gate is null;
create index queue_slot_waiting on queue (slot_key, priority desc, execution_id) where gate = 'slot';
create index queue_slot_taken on queue (slot_key) where slot_key is not null and (ready or gate = 'rate');
create index queue_rate_waiting on queue (rate_key, priority desc, execution_id) where gate = 'rate';
create unique index queue_debounce on queue (debounce_key) where debounce_key is not null;

-- When runs under a rate were let go: at most as many as the limit, the latest last.
create table flow_rates (
  key text primary key,
  org_id uuid not null,
  -- Milliseconds since 1970.
  recent double precision[] not null,
  -- When the next of those that wait may go; null when none waits.
  next_at timestamptz,
  updated_at timestamptz not null
);
create index flow_rates_next on flow_rates (next_at) where next_at is not null;

-- The run that holds each singleton. Whether it still lives, its own row says.
create table singletons (
  key text primary key,
  org_id uuid not null,
  execution_id uuid not null
);

-- How many runs may hold a slot of this key: what the workflow says now, so that raising a limit frees those that wait.
-- Null: no limit any more. A workflow that cannot be read keeps to what the run was accepted with.
create function slot_limit(key text, accepted integer) returns integer language sql stable as $$
  select case
    when split_part(key, '/', 3) <> 'concurrency' then accepted
    when w.status = 'active' then (w.definition -> 'flowControl' -> 'concurrency' ->> 'limit')::integer
    else accepted
  end
  from (select split_part(key, '/', 2)::uuid as id) k left join workflows w on w.id = k.id
$$;

-- Where incremental sources stand, per workflow and organisation.
create table workflow_cursors (
  org_id uuid not null,
  workflow_id uuid not null,
  name text not null,
  value json,
  updated_at timestamptz not null,
  primary key (org_id, workflow_id, name)
);

-- Ids of workflows that are null (inline code) are one workflow for idempotency keys.
drop index executions_idempotency;
create unique index executions_idempotency on executions (org_id, workflow_id, idempotency_key) nulls not distinct
  where idempotency_key is not null;
