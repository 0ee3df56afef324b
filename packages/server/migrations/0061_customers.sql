-- Capacity is shared between customers: an organization counts for the one at the top of its tree, or directly below the
-- provider. Otherwise a customer would have as many shares as it makes organizations below itself.
alter table organizations add column customer_id uuid;

-- The argument has no name that a column has.
create function customer_of(chain uuid[]) returns uuid language sql stable as $$
  select case
    when cardinality(chain) > 1
      and exists (select from organizations o where o.id = chain[cardinality(chain)] and o.is_provider)
    then chain[cardinality(chain) - 1]
    else chain[cardinality(chain)] end
$$;

-- After "place_organization", whose path it reads: triggers run in the order of their names.
create function set_customer() returns trigger language plpgsql as $$
begin
  new.customer_id := customer_of(new.path);
  return new;
end $$;
create trigger set_customer before insert or update of path on organizations
  for each row execute function set_customer();

update organizations set customer_id = customer_of(path);
alter table organizations alter column customer_id set not null;
create index organizations_customer on organizations (customer_id);
