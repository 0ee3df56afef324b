-- Whose files a code version was made of first (the slug of an organization; null: everybody's), and how much it takes, so
-- that what one organization keeps of versions has a bound.
alter table code_versions add column owner text;
alter table code_versions add column bytes bigint not null default 0;
update code_versions set owner = lower(substring(path from '^organizations/([^/]+)/')),
  bytes = octet_length(source) + coalesce(octet_length(sources::text), 0);
create index code_versions_owner on code_versions (owner) include (bytes) where owner is not null;
