-- What an organisation may use, where that differs from what all may.
create table organization_quotas (
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  -- Null: as much as it likes.
  value bigint check (value >= 0),
  updated_at timestamptz not null default now(),
  primary key (org_id, name)
);
select protect_own('organization_quotas');
-- The platform sets them.
revoke insert, update, delete on organization_quotas from bifrost_app;
