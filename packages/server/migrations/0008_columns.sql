-- Actions on all runs of a filter: which runs they are about, and how far they are.
create table bulk_actions (
  id uuid primary key,
  org_id uuid not null,
  user_id uuid,
  action text not null,
  filter json not null,
  targets uuid[] not null,
  position integer not null default 0,
  done integer not null default 0,
  failed_count integer not null default 0,
  failed jsonb not null default '[]',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz
);

-- When code was last used by a workflow or a live run; unused code is kept for a while, for forks of runs that ended.
alter table code_versions add column needed_at timestamptz not null default now();
