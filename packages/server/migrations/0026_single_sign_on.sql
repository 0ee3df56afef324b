-- Identity providers (OpenID Connect). The people of a provider belong to its organisation.
create table identity_providers (
  id uuid primary key,
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  issuer text not null,
  client_id text not null,
  -- Null: a public client, which PKCE alone protects.
  ciphertext bytea,
  -- E-mail addresses of these domains, and no others, may come from it.
  domains text[] not null check (cardinality(domains) > 0),
  -- The role of somebody who is new; null: only people who were invited.
  new_people_role text check (new_people_role in ('org_admin', 'developer', 'member', 'external')),
  is_listed boolean not null default true,
  is_active boolean not null default true,
  -- Its address may be a private one, and plain HTTP.
  may_be_private boolean not null default false,
  -- E-mail addresses count that it does not call verified.
  is_email_trusted boolean not null default false,
  created_at timestamptz not null default now()
);
create index identity_providers_org on identity_providers (org_id);

-- Who somebody is at a provider. The subject stays when an address changes.
create table identities (
  provider_id uuid not null references identity_providers (id) on delete cascade,
  subject text not null,
  user_id uuid not null references users (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  primary key (provider_id, subject)
);
create index identities_user on identities (user_id);

select protect_own('identity_providers');
select protect_own('identities');
-- The client secret is the engine's alone.
revoke all on identity_providers, identities from bifrost_app;
