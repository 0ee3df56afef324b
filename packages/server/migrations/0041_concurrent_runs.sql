-- The time at this moment, not at the begin of the transaction: a run that was waited for has ended before it. The
-- simulation sets it, like engine_now().
create function engine_clock() returns timestamptz language sql volatile as $$
  select coalesce(nullif(current_setting('bifrost.now', true), '')::timestamptz, clock_timestamp())
$$;

-- How many more runs of an organization may be at work, of `most`. Claims that ask at the same moment take turns until
-- they commit; each counts after it has the lock, with what the one before it took.
create function concurrent_runs_left(org uuid, most bigint) returns bigint language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('concurrent_runs/' || org, 0));
  return greatest(0, most - (select count(*) from queue where org_id = org and worker_id is not null));
end $$;
