-- A short name names a folder of the workspace, and folders outlive their organisations: no name is given a second time,
-- and none changes.
create table organization_slugs (slug text primary key);
insert into organization_slugs select slug from organizations;

create or replace function slug_of(name text, id uuid) returns text language plpgsql as $$
declare
  base text := coalesce(nullif(trim(both '-' from left(regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'), 40)), ''), 'org');
begin
  if exists (select from organization_slugs o where o.slug = base) then
    return base || '-' || right(replace(id::text, '-', ''), 8);
  end if;
  return base;
end $$;

create function keep_slug() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    raise exception 'the short name of an organisation never changes' using errcode = 'check_violation';
  end if;
  insert into organization_slugs (slug) values (new.slug);
  return new;
end $$;
-- After the trigger that makes the name.
create trigger slug_kept after insert on organizations for each row execute function keep_slug();
create trigger slug_unchanged before update on organizations for each row
  when (old.slug is distinct from new.slug) execute function keep_slug();
