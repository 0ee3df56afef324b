-- Other services that workflows use: what they are (once, for all or for one organisation), and how an organisation is
-- known there and signs in.
create table integrations (
  id uuid primary key,
  -- Null: for every organisation.
  org_id uuid references organizations (id) on delete cascade,
  -- What code asks for.
  name text not null,
  description text not null default '',
  base_url text not null,
  -- Where its credentials may go, beside the host of base_url.
  hosts text[] not null default '{}',
  auth text not null check (auth in ('none', 'api_key', 'basic', 'bearer', 'oauth', 'client_credentials')),
  auth_settings jsonb not null default '{}',
  config_fields jsonb not null default '[]',
  -- Where the test button goes, relative to base_url.
  test_path text not null default '/',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index integrations_name on integrations (org_id, lower(name)) nulls not distinct;
select protect_shared('integrations');

create table integration_connections (
  id uuid primary key,
  integration_id uuid not null references integrations (id) on delete cascade,
  -- Null: for all organisations that have nothing of their own.
  org_id uuid references organizations (id) on delete cascade,
  -- What the organisation is known by over there.
  entity_id text,
  entity_name text,
  config jsonb not null default '{}',
  -- What was typed in: keys, passwords, the client of OAuth.
  credentials_sealed bytea,
  credential_names text[] not null default '{}',
  -- What the other side gave: access and refresh token.
  tokens_sealed bytea,
  token_expires_at timestamptz,
  -- One more with every change of the tokens.
  token_version bigint not null default 0,
  -- Somebody refreshes them until then.
  refreshing_until timestamptz,
  -- The other side refuses: somebody has to connect again.
  problem text,
  problem_at timestamptz,
  connected_by uuid references users (id) on delete set null,
  connected_at timestamptz,
  updated_at timestamptz not null default now()
);
create unique index integration_connections_owner on integration_connections (integration_id, org_id) nulls not distinct;
create index integration_connections_org on integration_connections (org_id);
select protect_shared('integration_connections');

-- Somebody is at the other side to allow the connection, and comes back once.
create table integration_connects (
  state_hash bytea primary key,
  integration_id uuid not null references integrations (id) on delete cascade,
  -- For whom it will be.
  org_id uuid references organizations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  session_hash bytea not null,
  -- The PKCE verifier and the nonce.
  secret_sealed bytea not null,
  redirect_uri text not null,
  expires_at timestamptz not null
);
select protect_shared('integration_connects');

-- Which workflows of whom used it, and when for the last time.
create table integration_uses (
  integration_id uuid not null references integrations (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  workflow_name text not null,
  used_at timestamptz not null default now(),
  primary key (integration_id, org_id, workflow_name)
);
select protect_own('integration_uses');

-- Mails to those who can connect again.
create table integration_mails (
  id uuid primary key,
  org_id uuid not null references organizations (id) on delete cascade,
  connection_id uuid not null references integration_connections (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  attempts int not null default 0,
  next_at timestamptz not null default now(),
  error text
);
create index integration_mails_next on integration_mails (next_at);
select protect_own('integration_mails');
