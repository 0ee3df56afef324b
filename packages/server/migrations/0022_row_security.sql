-- The second lock. Features speak to the database as the role bifrost_app, which sees the rows of one organisation even
-- where a statement forgets to say so. The engine (claims, sweeps, batches of many organisations) keeps the first role.

-- Roles belong to the database server: another database may have made it, or an administrator, where this login may make
-- none. The start has seen to it that it is there; see platform/postgres/app-role.ts.
do $$
begin
  if not exists (select from pg_roles where rolname = 'bifrost_app') then
    create role bifrost_app nologin;
  end if;
  if not pg_has_role('bifrost_app', 'member') then
    execute format('grant bifrost_app to %I', current_user);
  end if;
exception
  when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  execute format('grant usage on schema %I to bifrost_app', current_schema());
end $$;

-- For whom a connection speaks. Nothing is set at first, and then nothing is seen.
create function acting_org() returns uuid language sql stable as $$
  select nullif(current_setting('bifrost.org', true), '')::uuid
$$;
create function acting_chain() returns uuid[] language sql stable as $$
  select coalesce(nullif(current_setting('bifrost.chain', true), ''), '{}')::uuid[]
$$;
-- An administrator of the platform looks at all organisations.
create function acting_for_all() returns boolean language sql stable as $$
  select coalesce(current_setting('bifrost.all', true), '') = 'on'
$$;
-- Whether a thing that may be global is one that may be changed: 'global', or the id of its owner.
create function acting_owns(org_id uuid) returns boolean language sql stable as $$
  select case coalesce(current_setting('bifrost.owner', true), '')
    when '' then false
    when 'global' then org_id is null
    else coalesce(org_id = current_setting('bifrost.owner')::uuid, false)
  end
$$;

-- A table may be protected anew, by other rules.
create function unprotect(protected regclass) returns void language plpgsql as $$
declare
  one record;
begin
  for one in select polname from pg_policy where polrelid = protected loop
    execute format('drop policy %I on %s', one.polname, protected);
  end loop;
  execute format('revoke all on %s from bifrost_app', protected);
end $$;

-- Tables whose rows belong to one organisation each, and what the application may do with them. An administrator who
-- looks at all organisations only looks.
create function protect_own(protected regclass, privileges text default 'select, insert, update, delete')
returns void language plpgsql as $$
declare
  -- Read once per statement, not once per row.
  own constant text := 'org_id = (select acting_org())';
begin
  perform unprotect(protected);
  execute format('alter table %s enable row level security', protected);
  execute format('create policy seen on %s for select to bifrost_app using (%s or (select acting_for_all()))', protected, own);
  execute format('create policy inserted on %s for insert to bifrost_app with check (%s)', protected, own);
  execute format('create policy updated on %s for update to bifrost_app using (%s) with check (%2$s)', protected, own);
  execute format('create policy deleted on %s for delete to bifrost_app using (%s)', protected, own);
  execute format('grant %s on %s to bifrost_app', privileges, protected);
end $$;

-- Tables whose rows belong to an organisation or, without one, to all: those of parents and the global ones are read.
create function protect_shared(protected regclass, privileges text default 'select, insert, update, delete')
returns void language plpgsql as $$
begin
  perform unprotect(protected);
  execute format('alter table %s enable row level security', protected);
  execute format('create policy seen on %s for select to bifrost_app using (org_id is null or org_id = any ((select acting_chain())::uuid[]) or (select acting_for_all()))', protected);
  execute format('create policy inserted on %s for insert to bifrost_app with check (acting_owns(org_id))', protected);
  execute format('create policy updated on %s for update to bifrost_app using (acting_owns(org_id)) with check (acting_owns(org_id))', protected);
  execute format('create policy deleted on %s for delete to bifrost_app using (acting_owns(org_id))', protected);
  execute format('grant %s on %s to bifrost_app', privileges, protected);
end $$;

-- Who did what. Rows are added, never changed.
create table audit_log (
  id uuid primary key,
  -- Null: of the platform itself, such as a sign-in of somebody unknown.
  org_id uuid references organizations (id) on delete cascade,
  at timestamptz not null default now(),
  actor_id uuid,
  actor_email text,
  -- noun.verb, such as config.set
  action text not null,
  target_type text not null,
  target_id text,
  target_name text,
  outcome text not null check (outcome in ('success', 'failure')),
  -- The address the request came from.
  address text,
  before json,
  after json
);
create index audit_log_org on audit_log (org_id, id desc);

-- What people of an organisation own.
select protect_own('bulk_actions', 'select, insert, update');
select protect_own('schedules');
select protect_own('schedule_slots', 'select, insert, update');
select protect_own('tables');
select protect_own('table_rows');
select protect_own('tasks', 'select, update');
select protect_own('workflow_cursors');
select protect_own('events', 'select');
select protect_own('event_deliveries', 'select');
select protect_own('role_members');
-- Runs are the engine's to write. Test runs leave nothing behind, and whoever asked for one takes it away.
select protect_own('executions', 'select, delete');
select protect_own('execution_attempts', 'select, delete');
select protect_own('execution_steps', 'select, delete');
select protect_own('execution_logs', 'select, delete');
select protect_own('queue', 'select');
select protect_own('waits', 'select');
select protect_own('flow_rates', 'select');
-- Nothing but the engine and the mailer come here.
select protect_own('singletons', 'select');
select protect_own('early_answers', 'select');
select protect_own('event_cancels', 'select');
select protect_own('mail_outbox', 'select');

-- What is inherited.
select protect_shared('config_entries');
select protect_shared('workflows', 'select');
select protect_shared('roles');
select protect_shared('role_grants');

-- Who did what is added to, never changed. What belongs to no organisation, the platform writes.
select protect_own('audit_log', 'select, insert');

-- People, without anything that proves who they are.
select protect_own('users', 'select (id, org_id, email, name, role, is_active, created_at), insert, update, delete');
select protect_own('api_keys', 'select (id, org_id, user_id, name, prefix, created_at, last_used_at, expires_at), insert, update, delete');
select protect_own('sessions', 'select (org_id, user_id, created_at, last_seen_at, expires_at, acting), delete');

-- An organisation sees itself, those above it and those below. The tree is changed by the platform alone.
alter table organizations enable row level security;
create policy seen on organizations for select to bifrost_app using (
  id = any ((select acting_chain())::uuid[]) or path @> array[(select acting_org())] or (select acting_for_all())
);
grant select on organizations to bifrost_app;

-- How many workers live is no secret; which, is.
grant select (lease_until) on workers to bifrost_app;

-- Who did something may be of another organisation: somebody of the provider who acted here. Their name, for one whose
-- id stands in a row that may be seen.
create function person_name(person uuid) returns text language sql stable security definer
set search_path from current as $$
  select name from users where id = person
$$;

-- The database itself refuses what a person of the application would not need: a function that runs as its owner, too.
revoke execute on function person_name(uuid) from public;
grant execute on function person_name(uuid) to bifrost_app;
