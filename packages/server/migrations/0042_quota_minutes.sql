-- What organizations have used of quotas that are counted in a minute, in all processes together. A process takes a part of
-- what is left, and counts in its own memory until that is used up.
create table quota_minutes (
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  -- Minutes since 1970.
  minute bigint not null,
  -- Taken in this minute, and in the one before it.
  used bigint not null,
  before bigint not null,
  primary key (org_id, name)
);
select protect_own('quota_minutes');
revoke insert, update, delete on quota_minutes from bifrost_app;

-- Takes at least `wanted` of what is left of `most`, and up to a tenth of it; 0 when less is left. The minute slides: of
-- the one before, as much counts as has not passed yet, without the `unused` that this process took in minute `unused_of`.
create function take_quota(
  org uuid, quota text, most bigint, wanted bigint, unused bigint, unused_of bigint,
  out granted bigint, out in_minute bigint, out left_ms double precision
) language plpgsql volatile as $$
declare
  known quota_minutes;
  seconds double precision;
  allowed bigint;
begin
  insert into quota_minutes values (org, quota, 0, 0, 0) on conflict do nothing;
  select * into known from quota_minutes where org_id = org and name = quota for update;
  seconds := extract(epoch from engine_clock());
  in_minute := greatest(floor(seconds / 60)::bigint, known.minute);
  left_ms := greatest(0, (in_minute + 1) * 60 - seconds) * 1000;
  if known.minute < in_minute then
    known.before := case when known.minute = in_minute - 1 then known.used else 0 end;
    known.used := 0;
  end if;
  if unused_of = in_minute - 1 then known.before := greatest(0, known.before - unused); end if;
  allowed := floor(most - known.used - known.before * least(1, left_ms / 60000));
  granted := case when allowed < wanted then 0 else greatest(wanted, ceil(allowed / 10.0)::bigint) end;
  update quota_minutes set minute = in_minute, used = known.used + granted, before = known.before
    where org_id = org and name = quota;
end $$;

-- Runs of an organization that wait for a worker, for their time, or for their turn.
create index queue_held_back on queue (org_id) where worker_id is null and not ready;
create function queued_runs(org uuid) returns bigint language sql stable as $$
  select (select count(*) from queue where org_id = org and worker_id is null and ready)
    + (select count(*) from queue where org_id = org and worker_id is null and not ready)
$$;
