-- Named filters of lists. The server keeps a filter as it was given: what it means is the list's affair.
create table saved_views (
  id uuid primary key,
  org_id uuid not null references organizations (id) on delete cascade,
  list text not null,
  name text not null,
  filter json not null,
  -- Whose own it is; null: shared with the organization.
  private_to uuid references users (id) on delete cascade,
  -- A shared view stays when the account of the person who made it is deleted.
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index saved_views_name on saved_views (org_id, private_to, list, lower(name)) nulls not distinct;
create index saved_views_own on saved_views (private_to);
select protect_own('saved_views');

-- Which view a list opens with, for each person by themselves.
create table default_views (
  org_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  list text not null,
  view_id uuid not null references saved_views (id) on delete cascade,
  primary key (org_id, user_id, list)
);
create index default_views_view on default_views (view_id);
select protect_own('default_views');
