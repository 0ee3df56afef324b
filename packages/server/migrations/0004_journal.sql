-- Durable runs: the journal of what a run has done, and what it waits for.

-- Whoever claims a run gets a number, and an older one is refused. An attempt is what the retry policy counts: a run that
-- comes back from waiting has a new claim and the same attempt.
alter table queue add column claim integer not null default 0;
alter table executions add column claims integer not null default 0;
-- How often its worker or its process went away under it.
alter table executions add column crashes integer not null default 0;
alter table executions add column durable boolean not null default false;

create table execution_steps (
  execution_id uuid not null,
  key text not null,
  org_id uuid not null,
  name text not null,
  occurrence integer not null,
  branch text not null,
  position integer not null,
  kind text not null,
  status text not null,
  -- In which order the run's code learnt of it; replay keeps to it.
  ordinal integer,
  attempt integer not null default 1,
  has_undo boolean not null default false,
  started_at timestamptz not null,
  ended_at timestamptz,
  due_at timestamptz,
  attempts json,
  error json,
  -- json, not jsonb: outputs come back as they were.
  output json,
  primary key (execution_id, key)
);

-- What suspended runs wait for. A row is deleted when what it waits for has come: the first who deletes it has answered.
create table waits (
  execution_id uuid not null,
  key text not null,
  org_id uuid not null,
  kind text not null check (kind in ('timer', 'retry')),
  due_at timestamptz not null,
  created_at timestamptz not null,
  primary key (execution_id, key)
);
create index waits_due on waits (due_at);
