-- The second lock. Features speak to the database as the role bifrost_app, which sees the rows of one organisation even
-- where a statement forgets to say so. The engine (claims, sweeps, batches of many organisations) keeps the first role.

do $$
begin
  create role bifrost_app nologin;
exception
  -- Another database of this server has made it.
  when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  execute format('grant bifrost_app to %I', current_user);
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

-- Tables whose rows belong to one organisation each.
create function protect_own(protected regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', protected);
  execute format('create policy own on %s to bifrost_app using (org_id = (select acting_org()) or (select acting_for_all())) with check (org_id = (select acting_org()))', protected);
  execute format('grant select, insert, update, delete on %s to bifrost_app', protected);
end $$;

-- Tables whose rows belong to an organisation or, without one, to all: those of parents and the global ones are read.
create function protect_shared(protected regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', protected);
  execute format('create policy readable on %s for select to bifrost_app using (org_id is null or org_id = any ((select acting_chain())::uuid[]) or (select acting_for_all()))', protected);
  execute format('create policy inserted on %s for insert to bifrost_app with check (acting_owns(org_id))', protected);
  execute format('create policy updated on %s for update to bifrost_app using (acting_owns(org_id)) with check (acting_owns(org_id))', protected);
  execute format('create policy deleted on %s for delete to bifrost_app using (acting_owns(org_id))', protected);
  execute format('grant select, insert, update, delete on %s to bifrost_app', protected);
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
