import type { StepKind, StepStatus } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

/** A new run that begins with a part of another one's journal. */
export interface ForkSpec {
  executionId: string
  /** Entries of that run which are taken over. */
  keys: readonly string[]
  /** JSON text that takes the place of what an entry had, by key. */
  outputs: ReadonlyMap<string, string>
}

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

/** The entry that somebody means: by its key, or the first of that name. */
export const entryNamed = <E extends ForkEntry>(entries: readonly E[], name: string): E | undefined =>
  entries.find((entry) => entry.key === name) ??
  entries.find((entry) => entry.name === name && entry.kind !== 'undo')

/**
 * What is kept when a run is done again from one of its steps: all that its code had learned before it learned that step's
 * outcome. Only that much leads the code to the same place again: what was learned later may have been decided by the
 * step, also in another branch. A step that was taken back is not kept, nor what was learned after it, unless its output
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

/** The journal that an accepted run begins with, in the transaction that accepts it. */
export async function copyJournal(query: Query, id: string, scope: OrgScope, fork: ForkSpec): Promise<void> {
  await query('update executions set forked_from = $2 where id = $1', [id, fork.executionId])
  await query(
    `insert into execution_steps (execution_id, key, org_id, name, occurrence, branch, position, kind, status, ordinal,
         attempt, has_undo, started_at, ended_at, due_at, attempts, resume_data, answered_by, answered_at, error, output)
       select $1, s.key, s.org_id, s.name, s.occurrence, s.branch, s.position, s.kind,
         case when o.key is null then s.status else 'completed' end, s.ordinal, s.attempt, s.has_undo, s.started_at,
         s.ended_at, s.due_at, s.attempts, s.resume_data, s.answered_by, s.answered_at, case when o.key is null then s.error end, coalesce(o.output, s.output)
       from execution_steps s
       left join unnest($5::text[], $6::json[]) as o (key, output) on o.key = s.key
       where s.execution_id = $2 and s.org_id = $3 and s.key = any($4)`,
    [id, fork.executionId, scope.orgId, fork.keys, [...fork.outputs.keys()], [...fork.outputs.values()]],
  )
}
