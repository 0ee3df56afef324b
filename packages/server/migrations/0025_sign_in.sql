-- Sessions: their token changes while they live. The one before it counts until the new one has been seen, and a short
-- while longer for requests that were under way; after that it is one that somebody kept.
alter table sessions add column id uuid not null default gen_random_uuid() unique;
alter table sessions add column previous_hash bytea unique;
alter table sessions add column rotated_at timestamptz not null default now();
alter table sessions add column is_rotation_seen boolean not null default true;
-- Whatever happens, it ends here. `expires_at` is when it ends without being used.
alter table sessions add column ends_at timestamptz not null default now() + interval '30 days';
alter table sessions add column method text not null default 'password';
alter table sessions add column user_agent text;
alter table sessions add column address text;

-- What a key is limited to; null: whatever its person may do. Kinds other than personal ones are made elsewhere.
alter table api_keys add column permissions text[];
alter table api_keys add column kind text not null default 'personal';
alter table api_keys add column workflow_id uuid references workflows (id) on delete cascade;

alter table organizations add column requires_second_factor boolean not null default false;

create table totp_factors (
  user_id uuid primary key references users (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  ciphertext bytea not null,
  -- Null until a first code has proved that the person's device has the secret.
  confirmed_at timestamptz,
  -- The time step of the last code that was accepted: no code counts twice.
  last_step bigint not null default 0,
  created_at timestamptz not null default now()
);

create table recovery_codes (
  code_hash bytea primary key,
  user_id uuid not null references users (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  created_at timestamptz not null default now()
);
create index recovery_codes_user on recovery_codes (user_id);

create table passkeys (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  credential_id text not null unique,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  is_synced boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index passkeys_user on passkeys (user_id);

-- Tokens and challenges that were handed out and count once: a second factor that is due, a passkey challenge, a way to
-- an identity provider and back, a link for a new password. Taken out as they are used.
create table sign_in_steps (
  token_hash bytea primary key,
  kind text not null,
  user_id uuid references users (id) on delete cascade,
  data json not null default '{}',
  tries integer not null default 0,
  expires_at timestamptz not null
);
create index sign_in_steps_expiry on sign_in_steps (expires_at);
create index sign_in_steps_user on sign_in_steps (user_id) where user_id is not null;

-- Devices that ask a person to sign them in (RFC 8628). Both codes are kept as hashes.
create table device_logins (
  id uuid primary key,
  device_hash bytea not null unique,
  user_hash bytea not null unique,
  client_name text not null,
  address text,
  status text not null default 'pending' check (status in ('pending', 'allowed', 'denied')),
  user_id uuid references users (id) on delete cascade,
  interval_seconds integer not null,
  polled_at timestamptz,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index device_logins_expiry on device_logins (expires_at);

select protect_own('totp_factors');
select protect_own('recovery_codes');
select protect_own('passkeys');
-- Whoever asks about factors asks about their own or administers; secrets and hashes are the engine's alone.
revoke all on totp_factors, recovery_codes from bifrost_app;
