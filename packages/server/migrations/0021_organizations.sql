-- Organisations in a tree, and roles. `path` is the organisation itself, its parent, and so on: whose things it inherits.
alter table organizations add column parent_id uuid references organizations (id);
alter table organizations add column path uuid[] not null default '{}';
-- Names its folder of the workspace; it never changes.
alter table organizations add column slug text;
alter table organizations add column is_active boolean not null default true;

create function slug_of(name text, id uuid) returns text language plpgsql as $$
declare
  base text := coalesce(nullif(trim(both '-' from left(regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'), 40)), ''), 'org');
begin
  if exists (select from organizations o where o.slug = base) then
    return base || '-' || right(replace(id::text, '-', ''), 8);
  end if;
  return base;
end $$;

create function place_organization() returns trigger language plpgsql as $$
begin
  new.path := array[new.id] || coalesce((select o.path from organizations o where o.id = new.parent_id), '{}');
  new.slug := coalesce(new.slug, slug_of(new.name, new.id));
  return new;
end $$;
create trigger place_organization before insert on organizations for each row execute function place_organization();

-- No organisation before this had a parent.
update organizations set path = array[id];
do $$
declare
  one record;
begin
  for one in select id, name from organizations order by created_at loop
    update organizations set slug = slug_of(one.name, one.id) where id = one.id;
  end loop;
end $$;
alter table organizations alter column slug set not null;
create unique index organizations_slug on organizations (slug);
create index organizations_parent on organizations (parent_id) where parent_id is not null;

alter table users drop constraint users_role_check;
alter table users add constraint users_role_check
  check (role in ('platform_admin', 'org_admin', 'developer', 'member', 'external'));

-- For whom a session acts: null is home, else 'global' or an organisation's id.
alter table sessions add column acting text;

-- Roles that an organisation (or, without one, the provider for all) gives to people.
create table roles (
  id uuid primary key,
  org_id uuid references organizations (id) on delete cascade,
  name text not null,
  description text not null default '',
  created_at timestamptz not null default now()
);
create unique index roles_name on roles (org_id, lower(name)) nulls not distinct;

create table role_members (
  role_id uuid not null references roles (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  -- The person's organisation: a global role has members of many.
  org_id uuid not null references organizations (id) on delete cascade,
  primary key (role_id, user_id)
);
create index role_members_user on role_members (user_id);

-- What people of a role may use.
create table role_grants (
  role_id uuid not null references roles (id) on delete cascade,
  kind text not null check (kind in ('workflow', 'form', 'table')),
  resource_id uuid not null,
  -- Whose role it is; null for a global one.
  org_id uuid references organizations (id) on delete cascade,
  primary key (role_id, kind, resource_id)
);
create index role_grants_resource on role_grants (kind, resource_id);

-- Whether everybody who is signed in may run it, or people of the roles that were granted it.
alter table workflows add column access text not null default 'authenticated'
  check (access in ('authenticated', 'role_based'));
