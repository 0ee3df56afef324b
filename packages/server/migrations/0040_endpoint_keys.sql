-- Keys that call endpoints. They belong to an organisation, not to a person: what they start runs as nobody in
-- particular of it. Without a workflow a key is global: for every endpoint that does not refuse it.
create table endpoint_keys (
  id uuid primary key,
  org_id uuid not null references organizations (id) on delete cascade,
  workflow_id uuid references workflows (id) on delete cascade,
  name text not null,
  prefix text not null,
  key_hash bytea not null unique,
  calls_per_minute integer not null,
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz
);
create index endpoint_keys_org on endpoint_keys (org_id, id);
select protect_own(
  'endpoint_keys',
  'select (id, org_id, workflow_id, name, prefix, calls_per_minute, created_by, created_at, last_used_at, expires_at), insert, update, delete'
);
