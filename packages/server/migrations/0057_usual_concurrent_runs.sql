-- How many runs of an organization may be at work at once: what was set (null is no limit), or where nothing was set the
-- usual limit. The provider, who runs the platform, has none unless one was set.
create view concurrent_run_limits with (security_invoker = true) as
  select o.id as org_id, q.value, q.org_id is null and not o.is_provider as is_usual
  from organizations o left join organization_quotas q on q.org_id = o.id and q.name = 'concurrent_runs';
grant select on concurrent_run_limits to bifrost_app;
