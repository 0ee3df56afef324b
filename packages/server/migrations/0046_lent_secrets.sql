-- A secret is read in the clear by code of its owner alone, unless its owner lends it to the organizations below. What is
-- there already is not lent: nobody has decided so.
alter table config_entries add column is_lent boolean not null default false;
alter table integration_connections add column is_lent boolean not null default false;
