-- A key that was made with another key ends with it.
alter table api_keys add column made_with uuid references api_keys (id) on delete cascade;
create index api_keys_made_with on api_keys (made_with) where made_with is not null;
