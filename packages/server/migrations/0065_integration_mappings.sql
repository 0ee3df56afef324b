-- What an organization is at a service, as the organization says that has defined the integration: a provider knows which
-- of its customers is which. It counts before what the organization itself has entered.
create table integration_mappings (
  integration_id uuid not null references integrations (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  entity_id text not null,
  entity_name text,
  updated_at timestamptz not null default now(),
  primary key (integration_id, org_id)
);
create index integration_mappings_org on integration_mappings (org_id);
-- Organizations below inherit it. Features write it only for who may say so: see mappings.ts.
select protect_shared('integration_mappings', 'select');

-- Values of fields of the type "secret", as one sealed object, and their names.
alter table integration_connections add column secrets_sealed bytea;
alter table integration_connections add column secret_names text[] not null default '{}';

-- Where the people of an organization have their addresses, such as contoso.com.
alter table organizations add column domain text;

-- The data provider that lists what organizations can be at the service, for the page of the integration.
alter table integrations add column mapping_provider text;
