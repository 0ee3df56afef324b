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
