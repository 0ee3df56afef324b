-- Documents of an organisation, in tables of its own making.
create table tables (
  id uuid primary key,
  org_id uuid not null,
  name text not null,
  description text not null default '',
  created_at timestamptz not null default now(),
  unique (org_id, name)
);

create table table_rows (
  table_id uuid not null references tables (id) on delete cascade,
  id text not null,
  org_id uuid not null,
  data jsonb not null,
  -- Counts the writes: who read an older one has not seen the last.
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (table_id, id)
);
create index table_rows_data on table_rows using gin (data jsonb_path_ops);
create index table_rows_created on table_rows (table_id, created_at, id);
