import type { AccountRole, Json, ScheduleCatchUp, ScheduleOverlap } from '@bifrost/contract'
import type { Database, Query } from '../../platform/database.ts'
import { makeScope, type OrgScope } from '../../platform/scope.ts'

export type SlotKind = 'slot' | 'catch_up' | 'manual'

/** A schedule that a scheduler holds under its lock. */
export interface HeldSchedule {
  id: string
  /** As whom its runs act: a person, or nobody in particular of its organisation. */
  scope: OrgScope
  workflowId: string
  cron: string
  timezone: string
  overlap: ScheduleOverlap
  catchUp: ScheduleCatchUp
  input: Record<string, Json>
  nextAt: Date | null
  now: Date
}

interface HeldRow {
  id: string
  org_id: string
  org_name: string
  user_id: string | null
  email: string | null
  user_name: string | null
  role: AccountRole | null
  workflow_id: string
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
  const [row] = await query<HeldRow & Record<string, unknown>>(
    `select s.id, s.org_id, o.name as org_name, u.id as user_id, u.email, u.name as user_name, u.role,
       s.workflow_id, s.cron, s.timezone, s.overlap, s.catch_up, s.input, s.next_at, engine_now() as now
     from schedules s join organizations o on o.id = s.org_id
     left join users u on u.id = s.user_id and u.is_active
     where s.id = $1 ${condition === 'due' ? 'and s.next_at <= engine_now()' : ''}
     for update of s skip locked`,
    [id],
  )
  if (!row) return null
  return {
    id: row.id,
    scope: makeScope({
      orgId: row.org_id,
      orgName: row.org_name,
      userId: row.user_id,
      email: row.email,
      name: row.user_name,
      role: row.role ?? 'member',
    }),
    workflowId: row.workflow_id,
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
