import type { ExecutionAttempt } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { type DetailRow, errorOf } from './rows.ts'

interface AttemptRow {
  attempt: number
  started_at: Date | null
  ended_at: Date
  error_type: string | null
  error_message: string | null
}

const iso = (date: Date | null) => date?.toISOString() ?? null

/** The attempts at a run: those that failed before, the latest with the run's own end, and one that is planned. */
export async function attemptsOf(scope: OrgScope, db: Database, row: DetailRow): Promise<ExecutionAttempt[]> {
  const before = await db.as(scope).query<AttemptRow>(
    `select attempt, started_at, ended_at, error_type, error_message from execution_attempts
     where execution_id = $1 and org_id = $2 order by attempt`,
    [row.id, scope.orgId],
  )
  const items = before.map((one): ExecutionAttempt => {
    // A UserError is not tried again, so none of these was written for the person.
    const error = errorOf(scope, { ...one, error_for_user: false })
    return {
      attempt: one.attempt,
      status: 'FAILED',
      started_at: iso(one.started_at),
      ended_at: iso(one.ended_at),
      due_at: null,
      error,
    }
  })
  const latest = before.at(-1)
  // Between two attempts the run's own row is still about the one that failed.
  if (latest && latest.attempt >= row.attempt) {
    if (row.ended_at === null)
      items.push({
        attempt: row.attempt + 1,
        status: row.status,
        started_at: null,
        ended_at: null,
        due_at: iso(row.due_at),
        error: null,
      })
  } else if (row.attempt > 0)
    items.push({
      attempt: row.attempt,
      status: row.status,
      started_at: iso(latest ? startOfLatest(row) : row.started_at),
      ended_at: iso(row.ended_at),
      due_at: null,
      error: row.ended_at === null ? null : errorOf(scope, row),
    })
  return items
}

/** The row has the start of the first attempt. A later one began when it was due, and what it took is known at its end. */
function startOfLatest(row: DetailRow): Date | null {
  if (row.ended_at && row.duration_ms !== null) return new Date(row.ended_at.getTime() - row.duration_ms)
  return row.due_at
}
