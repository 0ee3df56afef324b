import type { QueryResultRow } from 'pg'
import type { Backends, Statement } from './backends.ts'
import type { World } from './world.ts'

/** What waited right before a claim, by organization; null when another session held locks and the claim had to step over rows. */
export type Waiting = Map<string, number> | null

export async function waitingBefore(backends: Backends): Promise<Waiting> {
  if (!backends.isQuiet) return null
  const rows = await backends.ask<{ org_id: string; count: number }>(
    'select org_id, count(*)::int as count from queue where worker_id is null and ready group by org_id',
  )
  return new Map(rows.map((row) => [row.org_id, row.count]))
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
