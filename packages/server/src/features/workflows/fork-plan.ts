import type { StepKind, StepStatus } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

/** What of a journal decides where it can be cut. */
export interface ForkEntry {
  key: string
  name: string
  kind: StepKind
  status: StepStatus
  ordinal: number | null
}

export interface ForkPlan {
  /** What the new run has done already. */
  kept: string[]
  /** What it does (again), as far as the old run got. */
  again: string[]
}

/** The entry that a caller means: by its key, or the first of that name. */
export const entryNamed = <E extends ForkEntry>(entries: readonly E[], name: string): E | undefined =>
  entries.find((entry) => entry.key === name) ??
  entries.find((entry) => entry.name === name && entry.kind !== 'undo')

/**
 * What is kept when a run is done again from one of its steps: all that its code had learned before it learned that step's
 * outcome. Only that much leads the code to the same place again: what was learned later may have been decided by the
 * step, also in another branch. A step that was undone is not kept, nor what was learned after it, unless its output
 * is given: what it made is gone.
 */
export function planFork(
  entries: readonly ForkEntry[],
  from: ForkEntry,
  given: ReadonlySet<string>,
): ForkPlan {
  const undone = new Set(entries.filter((entry) => entry.kind === 'undo').map((entry) => entry.name))
  const done = entries.filter((entry) => entry.kind !== 'undo')
  const learned = done
    .filter((entry) => entry.ordinal !== null && (entry.status === 'completed' || entry.status === 'failed'))
    .sort((a, b) => (a.ordinal ?? 0) - (b.ordinal ?? 0))
  const kept: string[] = []
  for (const entry of learned) {
    if (entry.key === from.key || (from.ordinal !== null && (entry.ordinal ?? 0) > from.ordinal)) break
    if (undone.has(`undo ${entry.key}`) && !given.has(entry.key)) break
    kept.push(entry.key)
  }
  return { kept, again: done.map((entry) => entry.key).filter((key) => !kept.includes(key)) }
}

export async function readForkEntries(
  query: Query,
  scope: OrgScope,
  executionId: string,
): Promise<ForkEntry[]> {
  return query<ForkEntry>(
    `select key, name, kind, status, ordinal from execution_steps where execution_id = $1 and org_id = $2
     order by started_at, ordinal nulls last, key`,
    [executionId, scope.orgId],
  )
}
