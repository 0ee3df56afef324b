import type { Json, Step, StepAttempt, StepFailure, StepKind, StepStatus } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { may, type OrgScope } from '../../platform/scope.ts'

interface StepRow {
  key: string
  name: string
  occurrence: number
  kind: StepKind
  status: StepStatus
  attempt: number
  attempts: StepAttempt[] | null
  started_at: Date
  ended_at: Date | null
  due_at: Date | null
  output: Json
  error: StepFailure | null
}

export async function listSteps(scope: OrgScope, db: Database, executionId: string): Promise<StepRow[]> {
  return db.as(scope).query<StepRow & Record<string, unknown>>(
    `select key, name, occurrence, kind, status, attempt, attempts, started_at, ended_at, due_at, output, error
     from execution_steps where execution_id = $1 and org_id = $2 order by started_at, ordinal nulls last, key`,
    [executionId, scope.orgId],
  )
}

export const stepOf = (scope: OrgScope, row: StepRow): Step => {
  const attempts = row.attempts ?? []
  return {
    key: row.key,
    name: row.name,
    occurrence: row.occurrence,
    kind: row.kind,
    status: row.status,
    attempt: row.attempt,
    attempts: attempts.map((one) => ({
      attempt: one.attempt,
      started_at: new Date(one.started_at).toISOString(),
      ended_at: new Date(one.ended_at).toISOString(),
      error: errorOf(scope, one.error),
    })),
    started_at: new Date(attempts[0]?.started_at ?? row.started_at).toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
    duration_ms: row.ended_at
      ? row.ended_at.getTime() - (attempts[0]?.started_at ?? row.started_at.getTime())
      : null,
    due_at: row.due_at?.toISOString() ?? null,
    output: row.output,
    error: errorOf(scope, row.error),
  }
}

/** A step's error may hold what only developers should read, as a run's error may. */
const errorOf = (scope: OrgScope, error: StepFailure | null) =>
  error &&
  (may(scope, 'execution:debug') || error.type === 'UserError'
    ? { type: error.type, message: error.message }
    : { type: 'Error', message: 'The step failed; an administrator can see why.' })
