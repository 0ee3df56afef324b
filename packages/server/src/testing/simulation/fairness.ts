import type { QueryResultRow } from 'pg'
import type { Backends, Statement } from './backends.ts'
import type { World } from './world.ts'

/** What waited right before a claim, by organisation; null when somebody held locks and the claim had to step over rows. */
export type Waiting = Map<string, number> | null

export async function waitingBefore(backends: Backends): Promise<Waiting> {
  if (!backends.isQuiet) return null
  const rows = await backends.ask<{ org_id: string; count: number }>(
    'select org_id, count(*)::int as count from queue where worker_id is null and ready group by org_id',
  )
  return new Map(rows.map((row) => [row.org_id, row.count]))
}

/** 10: no organisation starves another. Whoever waits has a run before anybody has a second one. */
export function checkFairness(
  world: World,
  waiting: Waiting,
  { values = [] }: Statement,
  rows: readonly QueryResultRow[],
): void {
  if (!waiting) return
  const wanted = Number(values[1])
  const all = [...waiting.values()].reduce((sum, count) => sum + count, 0)
  if (rows.length < Math.min(wanted, all))
    world.violation(`a claim of ${wanted} took ${rows.length} of ${all} runs that nobody else held`)
  const taken = new Map<string, number>()
  for (const row of rows) taken.set(row['org_id'], (taken.get(row['org_id']) ?? 0) + 1)
  const most = Math.max(0, ...taken.values())
  for (const [org, count] of waiting)
    if ((taken.get(org) ?? 0) < Math.min(count, most - 1))
      world.violation(
        `a claim gave one organisation ${most} runs and another ${taken.get(org) ?? 0} of ${count}`,
      )
}
