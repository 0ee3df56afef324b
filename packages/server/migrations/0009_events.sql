-- Events: what was emitted, and what each did.

create table events (
  id uuid primary key,
  org_id uuid not null,
  -- The order of emission. Events of one name are emitted one after the other, so it is that of their commits, too.
  seq bigint generated always as identity,
  name text not null,
  -- What the emitter called it: an event of this name and id is processed once.
  emitted_id text,
  -- Events of one key are processed in order, per workflow.
  key text,
  -- json, not jsonb: payloads come back as they were. Canonical scalars: what a match compares is their very text.
  payload json not null,
  -- The run that emitted it, if one did, and who is behind it.
  execution_id uuid,
  user_id uuid,
  created_at timestamptz not null
);
create unique index events_once on events (org_id, name, emitted_id) where emitted_id is not null;
create index events_org on events (org_id, id desc);
create index events_name on events (org_id, name, created_at);
create index events_age on events (created_at);

create table event_deliveries (
  id uuid primary key,
  org_id uuid not null,
  event_id uuid not null references events (id) on delete cascade,
  -- The event's, so that the head of a lane is found in one index.
  seq bigint not null,
  kind text not null check (kind in ('start', 'wake', 'cancel')),
  status text not null
    check (status in ('queued', 'mapping', 'started', 'woken', 'cancelled', 'declined', 'failed')),
  workflow_id uuid,
  workflow_name text not null,
  execution_id uuid,
  -- The run that asks the workflow's own code for the input.
  mapping_id uuid,
  step text,
  reason text,
  -- The event's key, when the workflow takes its events in order.
  lane text,
  -- Something is still to come: a turn, a mapping, or the end that lets the next one of the lane go.
  is_open boolean not null default false,
  -- What it waits for has ended; set in the statement that ended it.
  has_ended boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index event_deliveries_event on event_deliveries (event_id);
create index event_deliveries_run on event_deliveries (execution_id) where execution_id is not null;
create index event_deliveries_mapping on event_deliveries (mapping_id) where mapping_id is not null;
create index event_deliveries_lane on event_deliveries (org_id, workflow_id, lane, seq)
  where is_open and lane is not null;
create index event_deliveries_due on event_deliveries (id) where is_open and has_ended;
create index event_deliveries_failed on event_deliveries (org_id, event_id) where status = 'failed';

-- Runs that an event ends (cancelOn), found by what the event says, as waits are.
create table event_cancels (
  execution_id uuid not null,
  org_id uuid not null,
  event_name text not null,
  match_fields text not null,
  match_values text not null,
  primary key (execution_id, event_name, match_fields, match_values)
);
create index event_cancels_match on event_cancels (org_id, event_name, match_fields, match_values);
alter table executions add column has_event_cancels boolean not null default false;

-- What an event must be to answer a wait: the fields, sorted, as JSON, and their values in the same order as JSON.
alter table waits add column event_name text;
alter table waits add column match_fields text;
alter table waits add column match_values text;
create index waits_event on waits (org_id, event_name, match_fields, match_values) where kind = 'event';

-- In the very statement that ends a run, whatever statement that is.
create function note_event_run_end() returns trigger language plpgsql as $$
begin
  if new.trigger in ('event', 'mapping') then
    update event_deliveries set has_ended = true where execution_id = new.id and is_open and kind = 'start';
    update event_deliveries set has_ended = true where mapping_id = new.id and is_open;
  end if;
  if new.has_event_cancels then
    delete from event_cancels where execution_id = new.id;
  end if;
  return null;
end $$;
create trigger executions_event_end after update of status on executions for each row
  when (new.status in ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT', 'CANCELLED')
    and old.status is distinct from new.status
    and (new.trigger in ('event', 'mapping') or new.has_event_cancels))
  execute function note_event_run_end();
