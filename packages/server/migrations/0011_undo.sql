-- A run that was stopped and has done what must be taken back comes to a worker once more, only for that; then it ends so.
alter table queue add column ending text check (ending in ('CANCELLED', 'TIMEOUT'));
