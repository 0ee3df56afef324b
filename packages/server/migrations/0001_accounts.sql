-- Organisations and the people in them. Every table that belongs to an organisation has org_id;
-- where it may be null, null means global: every organisation sees it.

create table organizations (
  id uuid primary key,
  name text not null,
  -- The organisation that runs the installation; there is one.
  is_provider boolean not null default false,
  created_at timestamptz not null default now()
);
create unique index organizations_one_provider on organizations (is_provider) where is_provider;

create table users (
  id uuid primary key,
  org_id uuid not null references organizations (id),
  email text not null,
  name text not null,
  role text not null check (role in ('platform_admin', 'org_admin', 'developer', 'member')),
  password_hash text,
  is_active boolean not null default true,
  created_at timestamptz not null default now()
);
create unique index users_email on users (lower(email));

-- Only hashes of tokens are stored: who reads this table can sign in as nobody.
create table sessions (
  token_hash bytea primary key,
  org_id uuid not null references organizations (id),
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);

create table api_keys (
  id uuid primary key,
  org_id uuid not null references organizations (id),
  user_id uuid not null references users (id) on delete cascade,
  name text not null,
  prefix text not null,
  key_hash bytea not null unique,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz
);
create index api_keys_user on api_keys (user_id);

-- The hash of the one-time token of the set-up link, while there is no administrator.
create table setup_tokens (
  token_hash bytea primary key,
  created_at timestamptz not null default now()
);

create table config_entries (
  org_id uuid references organizations (id),
  key text not null,
  -- Plain values as JSON; secrets only as ciphertext.
  value json,
  ciphertext bytea,
  is_secret boolean not null default false,
  updated_at timestamptz not null default now(),
  check (is_secret = (ciphertext is not null)),
  unique nulls not distinct (org_id, key)
);
