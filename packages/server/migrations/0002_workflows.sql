-- One row per workflow, tool or data provider that the workspace defines or once defined: ids survive edits.
create table workflows (
  id uuid primary key,
  -- Null: global.
  org_id uuid references organizations (id),
  name text not null,
  path text not null,
  export_name text not null,
  status text not null check (status in ('active', 'error', 'missing')),
  -- The Executable as static analysis found it.
  definition json not null,
  error json,
  code_version text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique nulls not distinct (org_id, name)
);

-- Bundles by their content hash. Kept while a run needs them; a run resumes on the code that it began with.
create table code_versions (
  version text primary key,
  path text not null,
  source text not null,
  -- What it exports, as analysed together with it: how to call each function.
  executables json not null,
  created_at timestamptz not null default now()
);

-- What analysis last said of the workspace, so that a start with an unchanged workspace reads nothing again.
create table workspace_state (
  workspace text primary key,
  digest text not null,
  files json not null,
  updated_at timestamptz not null default now()
);
