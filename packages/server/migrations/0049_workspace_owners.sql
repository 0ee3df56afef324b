-- What analysis last said, for each owner: an organization by its slug, or '' for the files that belong to none. It is
-- a cache, and what it had is read again.
delete from workspace_state;
alter table workspace_state drop constraint workspace_state_pkey;
alter table workspace_state rename column digest to version;
alter table workspace_state add column owner text not null;
alter table workspace_state add primary key (workspace, owner);
