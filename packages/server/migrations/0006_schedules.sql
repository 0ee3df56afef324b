-- When workflows run by themselves, and what became of every moment at which they should have.

create table schedules (
  id uuid primary key,
  org_id uuid not null references organizations (id),
  workflow_id uuid not null references workflows (id) on delete cascade,
  -- code: the workflow's file declares it; api: somebody made it.
  source text not null check (source in ('code', 'api')),
  cron text not null,
  timezone text not null,
  overlap text not null check (overlap in ('skip', 'queue', 'cancel_previous')),
  catch_up text not null check (catch_up in ('none', 'latest', 'all')),
  input json not null default '{}',
  paused boolean not null default false,
  -- The file declares it no longer. It stays, so that a file that is away for a moment does not undo a pause.
  gone boolean not null default false,
  -- The next slot that nobody has claimed. Whoever moves it forward has claimed what lies before. Null: it fires nothing.
  next_at timestamptz,
  -- As whom its runs act: whoever made it, or changed what it does. Null: a member of the organisation.
  user_id uuid references users (id) on delete set null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index schedules_code on schedules (workflow_id) where source = 'code';
create index schedules_due on schedules (next_at) where next_at is not null;
create index schedules_org on schedules (org_id, id);
create index schedules_workflow on schedules (workflow_id);

create table schedule_slots (
  schedule_id uuid not null references schedules (id) on delete cascade,
  slot timestamptz not null,
  org_id uuid not null,
  kind text not null check (kind in ('slot', 'catch_up', 'manual')),
  status text not null check (status in ('waiting', 'started', 'skipped')),
  reason text,
  -- Slots that were skipped together are one row, that of the first.
  count integer not null default 1,
  execution_id uuid,
  -- Its run may not have ended.
  active boolean not null default false,
  created_at timestamptz not null,
  -- A slot is claimed once, whatever the clock says later.
  primary key (schedule_id, slot)
);
create index schedule_slots_waiting on schedule_slots (schedule_id, slot) where status = 'waiting';
create index schedule_slots_active on schedule_slots (schedule_id) where active;
create index schedule_slots_age on schedule_slots (created_at);
