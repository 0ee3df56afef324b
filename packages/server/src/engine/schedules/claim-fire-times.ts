import { limits } from '@bifrost/contract'
import { FireTimes } from '../../platform/cron/fire-times.ts'
import { isUnavailable, type Query } from '../../platform/database.ts'
import type { Engine } from '../types.ts'
import { atTime, type FireTimeKind, type HeldSchedule, holdSchedule } from './schedule-row.ts'

const SCHEDULES_MAX = 200
/** A fire time that is older than this when a scheduler comes to claim it was missed: nothing was there to fire it. */
const ON_TIME_MS = 60_000

/**
 * Claims every fire time that has come. Claiming is writing the fire time and moving `next_at` behind it, in one transaction, under
 * the schedule's lock: two schedulers cannot both do it, and a clock that is set back finds it done. Returns how many
 * schedules had fire times.
 */
export async function claimDueFireTimes(engine: Engine, now?: Date): Promise<number> {
  const due = await atTime(engine.db, now, (query) =>
    query<{ id: string }>(
      `select id from schedules where next_at <= engine_now() order by next_at limit ${SCHEDULES_MAX}`,
    ),
  )
  let claimed = 0
  for (const { id } of due) {
    try {
      const done = await atTime(engine.db, now, async (query) => {
        const held = await holdSchedule(query, id, 'due')
        if (held) await claimFireTimes(query, held)
        return held !== null
      })
      if (done) claimed++
    } catch (error) {
      if (isUnavailable(error)) throw error
      // One that cannot be computed must not keep the others from firing.
      engine.log.error({ err: error, schedule: id }, 'the fire times of a schedule could not be claimed')
    }
  }
  return claimed
}

async function claimFireTimes(query: Query, held: HeldSchedule): Promise<void> {
  const { nextAt, now } = held
  if (nextAt === null) return
  const fireTimes = new FireTimes(held)
  // What was promised counts, also should the zone's rules say something else by now.
  const { fireTimes: later, more } = fireTimes.between(nextAt, now, limits.scheduleFireTimesMax)
  const due = [nextAt, ...later].slice(-limits.scheduleFireTimesMax)
  const onTime = due.filter((fireTime) => now.getTime() - fireTime.getTime() <= ON_TIME_MS)
  const missed = due.slice(0, due.length - onTime.length)
  const caughtUp = missedToFire(held, missed, onTime)
  const left = missed.slice(0, missed.length - caughtUp.length)

  const [waiting] = await query<{ count: number }>(
    `select count(*)::int as count from schedule_fire_times where schedule_id = $1 and status = 'waiting'`,
    [held.id],
  )
  const room = limits.scheduleFireTimesMax - (waiting?.count ?? 0)
  const fired = [
    ...caughtUp.map((fireTime) => ({ fireTime, kind: 'catch_up' as const })),
    ...onTime.map((fireTime) => ({ fireTime, kind: 'on_time' as const })),
  ]
  if (left[0]) await skipFireTimes(query, held, left[0], left.length, missedReason(held, more))
  await addFireTimes(query, held, fired.slice(0, room))
  const full = fired.slice(room)
  if (full[0])
    await skipFireTimes(
      query,
      held,
      full[0].fireTime,
      full.length,
      `${limits.scheduleFireTimesMax.toLocaleString('en-US')} fire times wait already.`,
    )
  await query('update schedules set next_at = $2 where id = $1', [held.id, fireTimes.after(now)])
}

function missedToFire(held: HeldSchedule, missed: Date[], onTime: Date[]): Date[] {
  if (held.catchUp === 'all') return missed
  // A fire time that comes in time is the latest one.
  return held.catchUp === 'latest' && onTime.length === 0 ? missed.slice(-1) : []
}

function missedReason({ catchUp }: HeldSchedule, more: boolean): string {
  const why =
    catchUp === 'none'
      ? 'No server was running then, and catch-up is none.'
      : 'No server was running then, and only the latest fire time is caught up.'
  return more ? `${why} Earlier fire times were skipped, too.` : why
}

async function addFireTimes(
  query: Query,
  held: HeldSchedule,
  fireTimes: { fireTime: Date; kind: FireTimeKind }[],
): Promise<void> {
  if (fireTimes.length === 0) return
  await query(
    `insert into schedule_fire_times (schedule_id, fire_time, org_id, kind, status, created_at)
     select $1, fire_time, $2, kind, 'waiting', engine_now() from unnest($3::timestamptz[], $4::text[]) as s (fire_time, kind)
     on conflict do nothing`,
    [held.id, held.scope.orgId, fireTimes.map(({ fireTime }) => fireTime), fireTimes.map(({ kind }) => kind)],
  )
}

const skipFireTimes = (query: Query, held: HeldSchedule, first: Date, count: number, reason: string) =>
  query(
    `insert into schedule_fire_times (schedule_id, fire_time, org_id, kind, status, reason, count, created_at)
     values ($1, $2, $3, 'on_time', 'skipped', $4, $5, engine_now()) on conflict do nothing`,
    [held.id, first, held.scope.orgId, reason, count],
  )
