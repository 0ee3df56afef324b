-- Forms: designed ways into a workflow. Without an organisation a form is for all of them.
create table forms (
  id uuid primary key,
  org_id uuid references organizations (id) on delete cascade,
  name text not null,
  description text not null default '',
  -- Workflows come and go with their files; a form outlives its workflow and says so.
  workflow_id uuid not null,
  launch_workflow_id uuid,
  fields json not null,
  texts json not null,
  inputs json not null,
  access text not null check (access in ('authenticated', 'role_based')),
  allow_schedule boolean not null,
  is_active boolean not null,
  -- Grows with each change: whoever changes an older one than they saw is told.
  version int not null default 1,
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index forms_name on forms (org_id, lower(name)) nulls not distinct;
create index forms_workflow on forms (workflow_id);
select protect_shared('forms');

-- Public links. The organisation is the one that the runs belong to; the form may be a global one.
create table form_links (
  id uuid primary key,
  form_id uuid not null references forms (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  token_hash bytea not null unique,
  is_active boolean not null default true,
  expires_at timestamptz,
  submissions_max int,
  submissions int not null default 0,
  show_result boolean not null default false,
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now()
);
create index form_links_form on form_links (form_id);
select protect_own('form_links');

-- What launch workflows answered, until it is submitted or too old.
create table form_launches (
  handle_hash bytea primary key,
  form_id uuid not null references forms (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  -- The session, key or link that it was given to.
  bound_to bytea not null,
  result json,
  expires_at timestamptz not null
);
create index form_launches_expiry on form_launches (expires_at);
select protect_own('form_launches');

-- Files that came through a link: a submission of it may name these and no others.
create table form_uploads (
  file_id text not null,
  link_id uuid not null references form_links (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (link_id, file_id)
);
select protect_own('form_uploads');

-- The form that a run came from, as it was called then, and what its context tells of it.
alter table executions add column form_id uuid;
alter table executions add column form_name text;
alter table executions add column form_data json;
create index executions_form on executions (org_id, form_id, id desc) where form_id is not null;
