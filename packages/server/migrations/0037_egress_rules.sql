-- What of its own network the installation opens to calls that are made for an organisation; without one, for all.
create table egress_rules (
  id uuid primary key,
  org_id uuid references organizations (id) on delete cascade,
  rule text not null,
  note text not null default '',
  created_at timestamptz not null default now()
);
create unique index egress_rules_owner on egress_rules (org_id, rule) nulls not distinct;
select protect_shared('egress_rules');
