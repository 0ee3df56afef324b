-- Invitations that nobody has accepted yet. Of the links only hashes are stored: who reads this table can accept none.
create table invitations (
  id uuid primary key,
  org_id uuid not null references organizations (id) on delete cascade,
  email text not null,
  name text,
  role text not null check (role in ('platform_admin', 'org_admin', 'developer', 'member', 'external')),
  token_hash bytea not null unique,
  -- The mail has a link of its own: the first one was shown once, and is known to nobody any more.
  mail_token_hash bytea unique,
  -- Whose rights it stands on: without them it is not valid.
  invited_by uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- Null: there is no mail to be sent.
  mail_next_at timestamptz,
  mail_attempts integer not null default 0,
  mail_error text,
  mailed_at timestamptz
);
-- Whoever is invited again has one valid invitation, the last.
create unique index invitations_email on invitations (org_id, lower(email));
create index invitations_mail on invitations (mail_next_at) where mail_next_at is not null;
create index invitations_inviter on invitations (invited_by);
select protect_own('invitations', 'select (id, org_id, email, name, role, invited_by, created_at, expires_at, mail_next_at, mail_error, mailed_at), insert, delete');

-- Who may use a workflow is all of it that is changed here; the rest is what its file says.
grant update (access) on workflows to bifrost_app;
