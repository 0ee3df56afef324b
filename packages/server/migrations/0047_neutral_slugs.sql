-- Short names are unique in the whole installation, and people below a customer make organizations: a name that they got
-- with an addition told them that another customer has it. There it always has one. Existing ones never change.
create or replace function place_organization() returns trigger language plpgsql as $$
begin
  new.path := array[new.id] || coalesce((select o.path from organizations o where o.id = new.parent_id), '{}');
  new.slug := coalesce(new.slug, case
    when exists (select from organizations o where o.id = new.parent_id and not o.is_provider)
    then left(coalesce(nullif(trim(both '-' from regexp_replace(lower(new.name), '[^a-z0-9]+', '-', 'g')), ''), 'org'), 40)
      || '-' || right(replace(new.id::text, '-', ''), 8)
    else slug_of(new.name, new.id) end);
  return new;
end $$;
