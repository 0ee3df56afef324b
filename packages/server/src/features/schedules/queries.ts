import type {
  ExecutionStatus,
  Json,
  Permission,
  ScheduleCatchUp,
  ScheduleFireTime,
  ScheduleOverlap,
  WorkflowStatus,
} from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface ScheduleRow {
  id: string
  workflow_id: string
  workflow_name: string
  workflow_path: string
  workflow_status: WorkflowStatus
  source: 'code' | 'api'
  cron: string
  timezone: string
  overlap: ScheduleOverlap
  catch_up: ScheduleCatchUp
  input: Record<string, Json>
  paused: boolean
  next_at: Date | null
  user_id: string | null
  limited_to: readonly Permission[] | null
  user_name: string | null
  created_at: Date
  updated_at: Date
  now: Date
  fire_time: Date | null
  fire_kind: ScheduleFireTime['kind']
  fire_status: ScheduleFireTime['status']
  fire_reason: string | null
  fire_count: number
  execution_id: string | null
  execution_status: ExecutionStatus | null
}

export type FireTimeRow = Pick<
  ScheduleRow,
  | 'fire_time'
  | 'fire_kind'
  | 'fire_status'
  | 'fire_reason'
  | 'fire_count'
  | 'execution_id'
  | 'execution_status'
>

const FIRE_TIME = `x.fire_time, x.kind as fire_kind, x.status as fire_status, x.reason as fire_reason, x.count as fire_count,
  e.id as execution_id, e.status as execution_status`

// A schedule that its file declares no longer is kept, but not shown.
const ROWS = `select s.id, s.workflow_id, w.name as workflow_name, w.path as workflow_path, w.status as workflow_status,
    s.source, s.cron, s.timezone, s.overlap, s.catch_up, s.input, s.paused, s.next_at, s.user_id, s.limited_to, person_name(s.user_id) as user_name,
    s.created_at, s.updated_at, engine_now() as now, last.*
  from schedules s join workflows w on w.id = s.workflow_id
  left join lateral (
    select ${FIRE_TIME} from schedule_fire_times x left join executions e on e.id = x.execution_id
    where x.schedule_id = s.id order by x.fire_time desc limit 1
  ) last on true
  where s.org_id = $1 and not s.gone`

export const listSchedules = (
  scope: OrgScope,
  query: Query,
  filter: { workflow?: string | undefined; after?: string | undefined; limit: number },
): Promise<ScheduleRow[]> =>
  query<ScheduleRow>(
    `${ROWS} and ($2::text is null or w.name = $2 or w.id::text = $2)
     and ($3::uuid is null or (w.name, s.id) > (
       select wa.name, sa.id from schedules sa join workflows wa on wa.id = sa.workflow_id
       where sa.id = $3 and sa.org_id = $1))
     order by w.name, s.id limit $4`,
    [scope.orgId, filter.workflow ?? null, filter.after ?? null, filter.limit],
  )

export async function findSchedule(scope: OrgScope, query: Query, id: string): Promise<ScheduleRow | null> {
  const [row] = await query<ScheduleRow>(`${ROWS} and s.id = $2`, [scope.orgId, id])
  return row ?? null
}

/** Keeps schedulers away until the transaction ends. */
export const lockSchedule = (scope: OrgScope, query: Query, id: string) =>
  query('select from schedules where org_id = $1 and id = $2 for update', [scope.orgId, id])

export async function engineNow(_scope: OrgScope, query: Query): Promise<Date> {
  const [row] = await query<{ now: Date }>('select engine_now() as now')
  return row?.now ?? new Date()
}

export interface ScheduleValues {
  cron: string
  timezone: string
  overlap: ScheduleOverlap
  catchUp: ScheduleCatchUp
  input: Record<string, Json>
  paused: boolean
  nextAt: Date | null
  userId: string | null
  /** What the key is limited to that made it, or changed what it does. */
  limitedTo: readonly Permission[] | null
}

export const insertSchedule = (
  scope: OrgScope,
  query: Query,
  id: string,
  workflowId: string,
  values: ScheduleValues,
) =>
  counted(query, 'schedules', scope.orgId, () =>
    query(
      `insert into schedules (id, org_id, workflow_id, source, cron, timezone, overlap, catch_up, input, paused, next_at,
       user_id, limited_to, created_at, updated_at)
     values ($1, $2, $3, 'api', $4, $5, $6, $7, $8, $9, $10, $11, $12, engine_now(), engine_now())`,
      [id, scope.orgId, workflowId, ...columnsOf(values)],
    ),
  )

export const updateSchedule = (scope: OrgScope, query: Query, id: string, values: ScheduleValues) =>
  query(
    `update schedules set cron = $3, timezone = $4, overlap = $5, catch_up = $6, input = $7, paused = $8, next_at = $9,
       user_id = $10, limited_to = $11, updated_at = engine_now() where id = $1 and org_id = $2`,
    [id, scope.orgId, ...columnsOf(values)],
  )

const columnsOf = (values: ScheduleValues) => [
  values.cron,
  values.timezone,
  values.overlap,
  values.catchUp,
  JSON.stringify(values.input),
  values.paused,
  values.nextAt,
  values.userId,
  values.limitedTo && JSON.stringify(values.limitedTo),
]

export const deleteSchedule = (scope: OrgScope, query: Query, id: string) =>
  query('delete from schedules where id = $1 and org_id = $2', [id, scope.orgId])

/** What waits for a run to end does not start any more. */
export const skipWaiting = (scope: OrgScope, query: Query, id: string, reason: string) =>
  query(
    `update schedule_fire_times set status = 'skipped', reason = $3
     where schedule_id = $1 and org_id = $2 and status = 'waiting'`,
    [id, scope.orgId, reason],
  )

export const insertManualFireTime = (scope: OrgScope, query: Query, id: string, executionId: string) =>
  query(
    `insert into schedule_fire_times (schedule_id, fire_time, org_id, kind, status, execution_id, active, created_at)
     values ($1, clock_timestamp(), $2, 'manual', 'started', $3, true, engine_now()) on conflict do nothing`,
    [id, scope.orgId, executionId],
  )

export const listFireTimes = (
  scope: OrgScope,
  query: Query,
  id: string,
  limit: number,
): Promise<FireTimeRow[]> =>
  query<FireTimeRow>(
    `select ${FIRE_TIME} from schedule_fire_times x left join executions e on e.id = x.execution_id
     where x.schedule_id = $1 and x.org_id = $2 order by x.fire_time desc limit $3`,
    [id, scope.orgId, limit],
  )
