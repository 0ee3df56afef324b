import type { Json, ScheduleCatchUp, ScheduleOverlap } from '@bifrost/contract'
import type { Database, Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { joinPerson, SCOPE_COLUMNS, type ScopeRow, scopeOfRow } from '../../tenancy/scope-of.ts'

export type FireTimeKind = 'on_time' | 'catch_up' | 'manual'

/** A schedule that a scheduler holds under its lock. */
export interface HeldSchedule {
  id: string
  /** Who its runs act as: a person, or no person of its organization. */
  scope: OrgScope
  workflowId: string
  /** By the workflow's file; else it was created by a person or a program. */
  isDeclared: boolean
  cron: string
  timezone: string
  overlap: ScheduleOverlap
  catchUp: ScheduleCatchUp
  input: Record<string, Json>
  nextAt: Date | null
  now: Date
}

interface HeldRow extends ScopeRow {
  id: string
  workflow_id: string
  source: 'code' | 'api'
  cron: string
  timezone: string
  overlap: ScheduleOverlap
  catch_up: ScheduleCatchUp
  input: Record<string, Json>
  next_at: Date | null
  now: Date
}

/**
 * Holds one schedule until the transaction ends, so that of all schedulers one decides about it; null when another
 * holds it, or when it is not (any more) what `condition` asks for.
 */
export async function holdSchedule(
  query: Query,
  id: string,
  condition: 'due' | 'any',
): Promise<HeldSchedule | null> {
  const [row] = await query<HeldRow>(
    `select s.id, ${SCOPE_COLUMNS},
       s.workflow_id, s.source, s.cron, s.timezone, s.overlap, s.catch_up, s.input, s.next_at, s.limited_to,
       engine_now() as now
     from schedules s join organizations o on o.id = s.org_id
     ${joinPerson('s.user_id')}
     where s.id = $1 ${condition === 'due' ? 'and s.next_at <= engine_now()' : ''}
     for update of s skip locked`,
    [id],
  )
  if (!row) return null
  return {
    id: row.id,
    scope: scopeOfRow(row),
    workflowId: row.workflow_id,
    isDeclared: row.source === 'code',
    cron: row.cron,
    timezone: row.timezone,
    overlap: row.overlap,
    catchUp: row.catch_up,
    input: row.input,
    nextAt: row.next_at,
    now: row.now,
  }
}

/** A transaction in which the database's clock says `now`; without one, what it always says. */
export const atTime = <T>(
  db: Database,
  now: Date | undefined,
  work: (query: Query) => Promise<T>,
): Promise<T> =>
  db.transaction(async (query) => {
    if (now) await query(`select set_config('bifrost.now', $1, true)`, [now.toISOString()])
    return work(query)
  })
