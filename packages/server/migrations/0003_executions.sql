-- The engine's clock: the database's, which all processes share. The simulation sets it for its own session.
create function engine_now() returns timestamptz language sql stable as $$
  select coalesce(nullif(current_setting('bifrost.now', true), '')::timestamptz, now())
$$;

-- History: one row per run, never deleted by the engine. Small columns first; input, result and variables are out of
-- list queries. No foreign keys: this is the hottest insert, and history outlives what it names.
create table executions (
  id uuid primary key,
  org_id uuid not null,
  workflow_id uuid,
  user_id uuid,
  status text not null,
  type text not null,
  trigger text not null,
  workflow_name text not null,
  code_version text,
  created_at timestamptz not null,
  scheduled_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  duration_ms double precision,
  timeout_ms integer not null,
  attempt integer not null default 0,
  max_attempts integer not null default 1,
  log_count integer not null default 0,
  tokens_used integer not null default 0,
  peak_memory_bytes bigint,
  cpu_ms real,
  time_saved double precision not null default 0,
  value double precision not null default 0,
  result_kind text,
  error_code text,
  error_type text,
  error_message text,
  error_for_user boolean,
  idempotency_key text,
  retry_policy json,
  error_stack text,
  -- json, not jsonb: results come back as they were, key order and all.
  input json,
  result json,
  variables json,
  -- What people filter for: ends that are no success. It stays null while a run goes well, so that no index changes when
  -- the run's row does, and PostgreSQL writes the new version into the same page (a "HOT" update).
  outcome text generated always as (
    case when status in ('FAILED', 'TIMEOUT', 'CANCELLED', 'COMPLETED_WITH_ERRORS') then status end
  ) stored
) with (fillfactor = 60);
create index executions_org on executions (org_id, id desc);
create index executions_workflow on executions (workflow_id, id desc);
create index executions_outcome on executions (org_id, outcome, id desc) where outcome is not null;

create unique index executions_idempotency on executions (org_id, workflow_id, idempotency_key)
  where idempotency_key is not null;

-- Live work only, so that it stays small and its indexes hot.
create table queue (
  execution_id uuid primary key,
  org_id uuid not null,
  priority smallint not null default 0,
  due_at timestamptz not null,
  -- Null: waits for a worker. The lease is the worker's (table workers), renewed for all its runs at once.
  worker_id uuid,
  attempt integer not null default 0,
  -- False: planned for later; the sweep makes it ready when due_at has come, so that claims never step over the future.
  ready boolean not null default true,
  cancel_requested boolean not null default false
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
create index queue_waiting on queue (org_id, priority desc, due_at, execution_id) where worker_id is null and ready;
create index queue_due on queue (due_at) where not ready;
create index queue_worker on queue (worker_id) where worker_id is not null;

-- A worker is alive while its lease lasts.
create table workers (
  id uuid primary key,
  started_at timestamptz not null,
  lease_until timestamptz not null
);

create table execution_logs (
  execution_id uuid not null,
  seq integer not null,
  org_id uuid not null,
  level text not null,
  created_at timestamptz not null,
  message text not null,
  primary key (execution_id, seq)
);

-- What earlier attempts of a run ended with; the last attempt is in the run's own row.
create table execution_attempts (
  execution_id uuid not null,
  attempt integer not null,
  org_id uuid not null,
  started_at timestamptz,
  ended_at timestamptz not null,
  error_type text,
  error_message text,
  error_code text,
  primary key (execution_id, attempt)
);
