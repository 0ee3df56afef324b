import type { QuotaName } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { idAt } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'

/** Ids begin with their time: what is younger than a minute is a range of them. */
const aMinuteAgo = () => idAt(Date.now() - 60_000)

/** What is counted in the tables of the engine, by the organization that is asked about. */
export async function countUsage(
  _scope: OrgScope,
  query: Query,
  orgId: string,
): Promise<Partial<Record<QuotaName, number>>> {
  const [row] = await query<{ runs: number; running: number; events: number; queued: number }>(
    `select
       (select count(*) from executions where org_id = $1 and id >= $2 and trigger not in ('schedule', 'event')) as runs,
       (select count(*) from queue where org_id = $1 and worker_id is not null) as running,
       (select count(*) from events where org_id = $1 and id >= $2) as events, queued_runs($1) as queued`,
    [orgId, aMinuteAgo()],
  )
  return {
    runs_per_minute: row?.runs ?? 0,
    concurrent_runs: row?.running ?? 0,
    queued_runs: row?.queued ?? 0,
    events_per_minute: row?.events ?? 0,
  }
}

export async function findOrganization(
  _scope: OrgScope,
  query: Query,
  id: string,
): Promise<{ id: string; name: string } | null> {
  const [row] = await query<{ id: string; name: string }>(
    'select id, name from organizations where id = $1',
    [id],
  )
  return row ?? null
}

export async function findQuotas(
  _scope: OrgScope,
  query: Query,
  orgId: string,
): Promise<Map<QuotaName, number | null>> {
  const rows = await query<{ name: QuotaName; value: number | null }>(
    'select name, value from organization_quotas where org_id = $1',
    [orgId],
  )
  return new Map(rows.map(({ name, value }) => [name, value]))
}

export async function setQuota(
  _scope: OrgScope,
  query: Query,
  orgId: string,
  { name, value }: { name: QuotaName; value: number | null | 'default' },
): Promise<void> {
  if (value === 'default')
    await query('delete from organization_quotas where org_id = $1 and name = $2', [orgId, name])
  else
    await query(
      `insert into organization_quotas (org_id, name, value) values ($1, $2, $3)
       on conflict (org_id, name) do update set value = excluded.value, updated_at = now()`,
      [orgId, name, value],
    )
}
