-- An invitation that was made with an API key ends with the key: a link could otherwise outlive a key that was revoked
-- because somebody else had got it.
alter table invitations add column api_key_id uuid references api_keys (id) on delete cascade;
create index invitations_key on invitations (api_key_id) where api_key_id is not null;
