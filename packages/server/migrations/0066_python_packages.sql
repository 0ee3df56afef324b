-- The Python packages that the workflows of an owner may import, and whether they are installed. What is installed lies on the
-- disk of each worker; this is what was last said of it.
create table python_packages (
  -- A hash of whose they are and of the requirements.
  key text primary key,
  -- Null: everybody's.
  org_id uuid references organizations (id) on delete cascade,
  requirements text[] not null,
  -- What the files say now; the others are those of earlier code.
  is_current boolean not null default true,
  status text not null default 'installing' check (status in ('installing', 'ready', 'failed')),
  error text,
  log text not null default '',
  -- Modules that code can import.
  modules text[] not null default '{}',
  wanted_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);
create unique index python_packages_current on python_packages (org_id) nulls not distinct where is_current;
create index python_packages_org on python_packages (org_id);
select protect_shared('python_packages', 'select, update');
