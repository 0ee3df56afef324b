import {
  type Json,
  limits,
  type RouteInput,
  type routes,
  type Step,
  type StepAttempt,
  type StepFailure,
  type StepKind,
  type StepStatus,
  validationError,
} from '@bifrost/contract'
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

// The columns that a list of steps is sorted by. Keys have no fixed length, so a cursor is the hash of the last step's key.
const PLACE = ['started_at', 'coalesce(ordinal, 2147483647)', 'key']
const IS_CURSOR = /^[0-9a-f]{32}$/

/** Of an output that is stored packed, what it has unpacked. */
const BYTES = `coalesce(case when pg_column_compression(s.output) is null then pg_column_size(s.output)
  else octet_length(s.output::text) end, 0)`

type StepQuery = RouteInput<typeof routes.listExecutionSteps>['query']

/** One page of the steps, bounded in their number and in the bytes of what they gave. */
export async function listSteps(
  scope: OrgScope,
  db: Database,
  executionId: string,
  { order, cursor, limit = limits.stepsPageDefault }: StepQuery,
): Promise<{ items: Step[]; next_cursor: string | null }> {
  if (cursor !== undefined && !IS_CURSOR.test(cursor))
    throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
  const [after, direction] = order === 'newest' ? ['<', 'desc'] : ['>', 'asc']
  const sorted = PLACE.map((one) => `${one} ${direction}`).join(', ')
  const rows = await db.heavy(scope).query<StepRow & { place: string; found: number }>(
    `with page as materialized (
       select key, row_number() over (order by ${sorted}) as n from execution_steps
       where execution_id = $1 and org_id = $2 and ($3::text is null or (${PLACE.join(', ')}) ${after} (
         select ${PLACE.join(', ')} from execution_steps where execution_id = $1 and org_id = $2 and md5(key) = $3))
       order by n limit $4
     ), sized as (
       select p.key, p.n, sum(${BYTES}) over (order by p.n) as bytes
       from page p join execution_steps s on s.execution_id = $1 and s.key = p.key
     )
     select s.key, name, occurrence, kind, status, attempt, attempts, started_at, ended_at, due_at, output, error,
       md5(s.key) as place, (select count(*)::int from page) as found
     from sized z join execution_steps s on s.execution_id = $1 and s.key = z.key
     where z.n <= $5 and (z.n = 1 or z.bytes <= ${limits.stepsPageBytesMax})
     order by z.n`,
    [executionId, scope.orgId, cursor ?? null, limit + 1, limit],
  )
  const last = rows.at(-1)
  return {
    items: rows.map((row) => stepOf(scope, row)),
    next_cursor: last && rows.length < last.found ? last.place : null,
  }
}

const stepOf = (scope: OrgScope, row: StepRow): Step => {
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
