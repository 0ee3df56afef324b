-- Tables that may be everybody's, with declared columns, indexes, and policies for their rows.
alter table tables alter column org_id drop not null;
alter table tables drop constraint tables_org_id_name_key;
create unique index tables_name on tables (org_id, name) nulls not distinct;
-- [{ name, type, required }]
alter table tables add column columns jsonb not null default '[]';
alter table tables add column access text not null default 'authenticated'
  check (access in ('authenticated', 'role_based'));
alter table tables add column created_by uuid;
alter table tables add column updated_at timestamptz not null default now();

-- A number as text of the same order: the bits of the double, with the sign turned round.
create function table_number_key(number float8) returns text language sql immutable parallel safe as $$
  select lpad(to_hex(case when bits < 0 then ~bits else bits # (-9223372036854775808)::bigint end), 16, '0')
  from (select ('x' || encode(float8send(number + 0.0), 'hex'))::bit(64)::bigint as bits) as double
$$;

/*
 * The order of values: texts by their code points, then numbers, then yes and no. As text it can be compared by
 * operators that row-level security trusts with an index, which those of jsonb are not. Absent and null have none.
 */
create function table_key(value jsonb) returns text language sql immutable parallel safe as $$
  select case jsonb_typeof(value)
    when 'string' then 'a' || case when char_length(value #>> '{}') < 120 then value #>> '{}'
      else left(value #>> '{}', 120) || chr(1) || md5(value #>> '{}') end
    when 'number' then 'b' || table_number_key((value #>> '{}')::float8)
    when 'boolean' then 'c' || (value #>> '{}')
    when 'array' then 'd' || md5(value::text)
    when 'object' then 'e' || md5(value::text)
  end
$$;

alter table table_rows alter column org_id drop not null;
alter table table_rows add column created_by uuid;
alter table table_rows add column updated_by uuid;
-- Nothing asked it, and every write paid for it.
drop index table_rows_data;

/*
 * Declared indexes. A table gets places of its rows for the keys of the fields that it indexes: an index of PostgreSQL
 * for each table would slow the writes of all others down. Bit n - 1 of keyed: the row has a key in place n.
 */
alter table table_rows add column keyed int not null default 0;
alter table table_rows add column k1 text collate "C";
alter table table_rows add column k2 text collate "C";
alter table table_rows add column k3 text collate "C";
alter table table_rows add column k4 text collate "C";
alter table table_rows add column k5 text collate "C";
alter table table_rows add column k6 text collate "C";
alter table table_rows add column k7 text collate "C";
alter table table_rows add column k8 text collate "C";
alter table table_rows add column u1 text collate "C";
alter table table_rows add column u2 text collate "C";
alter table table_rows add column u3 text collate "C";
create index table_rows_k1 on table_rows (table_id, k1, created_at, id) where (keyed & 1) <> 0;
create index table_rows_k2 on table_rows (table_id, k2, created_at, id) where (keyed & 2) <> 0;
create index table_rows_k3 on table_rows (table_id, k3, created_at, id) where (keyed & 4) <> 0;
create index table_rows_k4 on table_rows (table_id, k4, created_at, id) where (keyed & 8) <> 0;
create index table_rows_k5 on table_rows (table_id, k5, created_at, id) where (keyed & 16) <> 0;
create index table_rows_k6 on table_rows (table_id, k6, created_at, id) where (keyed & 32) <> 0;
create index table_rows_k7 on table_rows (table_id, k7, created_at, id) where (keyed & 64) <> 0;
create index table_rows_k8 on table_rows (table_id, k8, created_at, id) where (keyed & 128) <> 0;
create unique index table_rows_u1 on table_rows (table_id, u1) where u1 is not null;
create unique index table_rows_u2 on table_rows (table_id, u2) where u2 is not null;
create unique index table_rows_u3 on table_rows (table_id, u3) where u3 is not null;

create table table_indexes (
  id uuid primary key,
  table_id uuid not null references tables (id) on delete cascade,
  org_id uuid,
  -- Dotted paths; several only of a unique one.
  fields text[] not null,
  is_unique boolean not null,
  -- The place k1 to k8; null for a unique one of several fields.
  key_place smallint check (key_place between 1 and 8),
  -- The place u1 to u3 of a unique one.
  unique_place smallint check (unique_place between 1 and 3),
  state text not null default 'building' check (state in ('building', 'ready', 'failed', 'dropping')),
  error text,
  rows_done bigint not null default 0,
  created_at timestamptz not null default now(),
  unique (table_id, key_place),
  unique (table_id, unique_place)
);
create unique index table_indexes_fields on table_indexes (table_id, fields, is_unique) where state <> 'dropping';
create index table_indexes_work on table_indexes (created_at) where state in ('building', 'dropping');

-- Once a table has one, only what a policy allows is allowed.
create table table_policies (
  id uuid primary key,
  table_id uuid not null references tables (id) on delete cascade,
  org_id uuid,
  name text not null,
  verbs text[] not null,
  -- Account roles and ids of custom roles; empty: everybody.
  roles text[] not null,
  -- A filter, as of a query, with values such as $user.id.
  condition jsonb not null,
  -- What a row must be like after an update; null: those parts of the condition that say who the person is.
  check_after jsonb,
  position int not null
);
create index table_policies_table on table_policies (table_id, position);

select protect_shared('tables');
select protect_shared('table_rows');
select protect_shared('table_indexes');
select protect_shared('table_policies');
