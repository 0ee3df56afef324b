import type { ScheduleOption, WorkflowStatus } from '@bifrost/contract'
import { FireTimes } from '../../platform/cron/fire-times.ts'
import type { Engine } from '../types.ts'
import { atTime } from './schedule-row.ts'

interface DifferingRow {
  workflow_id: string
  org_id: string
  /** Null: it declares none (any more). */
  schedule: ScheduleOption | null
  status: WorkflowStatus
  id: string | null
  cron: string | null
  timezone: string | null
  paused: boolean | null
  gone: boolean | null
  next_at: Date | null
  now: Date
}

/**
 * Makes the schedules follow what files declare. Those of workflows that belong to everybody are the provider's. A
 * schedule keeps its id and its pause through edits, and while its file has a mistake; its fire times are counted again
 * when its times change.
 */
export async function followDeclared(engine: Engine, now?: Date): Promise<number> {
  return atTime(engine.db, now, async (query) => {
    // One follows at a time; who comes second finds nothing to do.
    await query(`select pg_advisory_xact_lock(hashtext('bifrost.schedules'))`)
    const rows = await query<DifferingRow>(
      `select w.id as workflow_id, coalesce(w.org_id, o.id) as org_id, w.status,
         case when w.status <> 'missing' then w.definition -> 'schedule' end as schedule,
         s.id, s.cron, s.timezone, s.paused, s.gone, s.next_at, engine_now() as now
       from workflows w
       join organizations o on o.is_provider
       left join schedules s on s.workflow_id = w.id and s.source = 'code'
       cross join lateral (
         select case when w.status <> 'missing' and w.definition ->> 'schedule' is not null
           then w.definition -> 'schedule' end as schedule
       ) d
       where (s.id is null and d.schedule is not null and w.status = 'active')
         or (s.id is not null and s.gone <> (d.schedule is null))
         or (s.id is not null and d.schedule is not null and w.status = 'active' and
           (s.cron, s.timezone, s.overlap, s.catch_up) is distinct from
           (d.schedule ->> 'cron', d.schedule ->> 'timezone', d.schedule ->> 'overlap', d.schedule ->> 'catch_up'))`,
    )
    for (const row of rows) {
      const { schedule } = row
      if (!schedule) {
        await query(
          'update schedules set gone = true, next_at = null, updated_at = engine_now() where id = $1',
          [row.id],
        )
        continue
      }
      const sameTimes = row.cron === schedule.cron && row.timezone === schedule.timezone && !row.gone
      const nextAt = sameTimes ? row.next_at : row.paused ? null : new FireTimes(schedule).after(row.now)
      await query(
        `insert into schedules as s (id, org_id, workflow_id, source, cron, timezone, overlap, catch_up, next_at,
           created_at, updated_at)
         values ($1, $2, $3, 'code', $4, $5, $6, $7, $8, engine_now(), engine_now())
         on conflict (workflow_id) where source = 'code' do update set cron = excluded.cron,
           timezone = excluded.timezone, overlap = excluded.overlap, catch_up = excluded.catch_up,
           next_at = excluded.next_at, gone = false, updated_at = engine_now()`,
        [
          row.id ?? engine.newId(),
          row.org_id,
          row.workflow_id,
          schedule.cron,
          schedule.timezone,
          schedule.overlap,
          schedule.catch_up,
          nextAt,
        ],
      )
    }
    return rows.length
  })
}
