-- Display columns of a run, by name, and found by their value, whatever workflow they are of.
alter table executions add column columns jsonb;
create index executions_columns on executions using gin (columns jsonb_path_ops) where columns is not null;
