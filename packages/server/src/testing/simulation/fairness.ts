import type { QueryResultRow } from 'pg'
import { LEASE_SECONDS } from '../../engine/lease/lease.ts'
import type { Backends, Statement } from './backends.ts'
import type { World } from './world.ts'

/**
 * What waited right before a claim, by organization; null when the claim need not take it: another session held locks, so
 * that it had to step over rows, or its worker waits until the others know of it.
 */
export type Waiting = Map<string, number> | null

export async function waitingBefore(
  { nowMs }: World,
  backends: Backends,
  { values = [] }: Statement,
): Promise<Waiting> {
  if (!backends.isQuiet || (await waitsToBeKnown(nowMs, backends, values))) return null
  const rows = await backends.ask<{ org_id: string; count: number }>(
    'select org_id, count(*)::int as count from queue where worker_id is null and ready group by org_id',
  )
  return new Map(rows.map((row) => [row.org_id, row.count]))
}

/**
 * A worker that has just begun takes nothing where it makes the difference between runs that all workers could have and
 * the usual limit of an organization: see the statement that claims.
 */
async function waitsToBeKnown(
  nowMs: number,
  backends: Backends,
  values: readonly unknown[],
): Promise<boolean> {
  const [workerId, , , , , , mostOfOne, usualLimit] = values
  const [row] = await backends.ask<{ waits: boolean }>(
    `select bool_or(id = $1 and started_at > to_timestamp($4) - interval '${LEASE_SECONDS} seconds')
       and $3 >= $2 * (count(*) - 1) and $3 < $2 * count(*) as waits
     from workers where lease_until > to_timestamp($4)`,
    [workerId, mostOfOne, usualLimit, nowMs / 1000],
  )
  return row?.waits ?? false
}

/**
 * 10: no organization starves another. Each that waits, and may have more, has a run before any has a second one; none
 * has more of this worker than its share, and what is beyond the reserve goes to those that have none here.
 */
export function checkFairness(
  world: World,
  waiting: Waiting,
  { values = [] }: Statement,
  rows: readonly QueryResultRow[],
): void {
  const [, wanted, orgIds, left, others, general] = values as [
    unknown,
    number,
    string[],
    number[],
    number,
    number,
  ]
  const here = new Map(orgIds.map((orgId, index) => [orgId, left[index] ?? 0]))
  const mayHave = (orgId: string) => here.get(orgId) ?? others
  const taken = new Map<string, number>()
  for (const row of rows) taken.set(row['org_id'], (taken.get(row['org_id']) ?? 0) + 1)
  for (const [orgId, count] of taken)
    if (count > mayHave(orgId))
      world.violation(`a claim gave an organization ${count} runs; its share left ${mayHave(orgId)}`)
  if (rows.length > general && [...taken].some(([orgId, count]) => here.has(orgId) || count > 1))
    world.violation(`a claim of ${general} took ${rows.length} runs, and not only first ones`)
  if (!waiting) return
  const offered = new Map([...waiting].map(([orgId, count]) => [orgId, Math.min(count, mayHave(orgId))]))
  const all = [...offered.values()].reduce((sum, count) => sum + count, 0)
  const first = [...offered].filter(([orgId, count]) => count > 0 && !here.has(orgId)).length
  const possible = Math.min(Math.max(general, Math.min(wanted, first)), all)
  if (rows.length < possible)
    world.violation(`a claim of ${possible} took ${rows.length} of ${all} runs that no other worker held`)
  const most = Math.max(0, ...taken.values())
  for (const [orgId, count] of offered)
    if ((taken.get(orgId) ?? 0) < Math.min(count, most - 1))
      world.violation(
        `a claim gave one organization ${most} runs and another ${taken.get(orgId) ?? 0} of ${count}`,
      )
}
