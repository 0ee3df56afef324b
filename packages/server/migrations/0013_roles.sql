-- Processes that share this database. One lives while its lease lasts; what the others say is sent on for those that live.
create table processes (
  id uuid primary key,
  -- What it does: api, worker, scheduler.
  roles text[] not null,
  machine text not null,
  pid integer not null,
  started_at timestamptz not null,
  lease_until timestamptz not null
);

-- Facts of the installation, one row each.
create table installation (
  name text primary key,
  value text not null
);
