-- What runs wait for people to do. A row stays when its wait is gone: it says who did what.
create table tasks (
  id uuid primary key,
  org_id uuid not null,
  execution_id uuid not null,
  -- The place in the run's journal. A run that is sent back comes here again, with a further row.
  key text not null,
  name text not null,
  title text not null,
  description text,
  status text not null default 'open' check (status in ('open', 'claimed', 'done', 'cancelled', 'expired')),
  -- Path of a React component in the workspace; null: a form made of the fields.
  component text,
  -- json, not jsonb: shown as they were given, key order and all.
  props json not null,
  fields json,
  -- Both null: everybody of the organisation.
  assignee_user uuid,
  assignee_role text,
  claimed_by uuid,
  created_at timestamptz not null,
  due_at timestamptz,
  reminded_at timestamptz,
  expires_at timestamptz,
  -- Null once it has happened.
  escalate_at timestamptz,
  escalate_user uuid,
  escalate_role text,
  draft json,
  output json,
  closed_at timestamptz,
  closed_by uuid,
  activity jsonb not null default '[]',
  -- Why somebody is to be written to; null when that was passed on to the outbox.
  notice text
) with (fillfactor = 80);
create unique index tasks_place on tasks (execution_id, key) where status in ('open', 'claimed');
create index tasks_waiting on tasks (org_id, (coalesce(due_at, 'infinity')), id) where status in ('open', 'claimed');
create index tasks_closed on tasks (org_id, id desc) where status not in ('open', 'claimed');
create index tasks_execution on tasks (execution_id, id);
create index tasks_remind on tasks (due_at) where status in ('open', 'claimed') and reminded_at is null;
create index tasks_escalate on tasks (escalate_at) where status in ('open', 'claimed');
create index tasks_notice on tasks (id) where notice is not null;

-- Whatever takes the wait away (an answer, a time limit, a cancelled run, a lost one) closes the task in the same
-- transaction. An answer then says so in the row.
create function close_task() returns trigger language plpgsql as $$
declare
  late boolean := old.due_at is not null and old.due_at <= engine_now();
begin
  update tasks set
    status = case when late then 'expired' else 'cancelled' end,
    closed_at = engine_now(),
    notice = null,
    activity = activity || jsonb_build_array(jsonb_build_object('at', engine_now(), 'by', null, 'text', null,
      'action', case when late then 'expired' else 'closed' end))
  where execution_id = old.execution_id and key = old.key and status in ('open', 'claimed');
  return null;
end $$;
create trigger waits_close_task after delete on waits for each row when (old.kind = 'task') execute function close_task();

-- Mail that is to be sent: written with what it is about, so that a crash loses none.
create table mail_outbox (
  id uuid primary key,
  org_id uuid not null,
  task_id uuid not null references tasks (id) on delete cascade,
  user_id uuid not null,
  reason text not null,
  attempts integer not null default 0,
  next_at timestamptz not null,
  sent_at timestamptz,
  -- Why the last attempt failed.
  error text,
  created_at timestamptz not null
);
create index mail_outbox_next on mail_outbox (next_at) where sent_at is null;
