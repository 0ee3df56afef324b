import { limits } from '@bifrost/contract'
import { Slots } from '../../platform/cron/slots.ts'
import { isUnavailable, type Query } from '../../platform/database.ts'
import type { Engine } from '../types.ts'
import { atTime, type HeldSchedule, holdSchedule, type SlotKind } from './schedule-row.ts'

const SCHEDULES_MAX = 200
/** A slot that is older than this when a scheduler comes to claim it was missed: nothing was there to fire it. */
const ON_TIME_MS = 60_000

/**
 * Claims every slot that has come. Claiming is writing the slot and moving `next_at` behind it, in one transaction, under
 * the schedule's lock: two schedulers cannot both do it, and a clock that is set back finds it done. Returns how many
 * schedules had slots.
 */
export async function claimDueSlots(engine: Engine, now?: Date): Promise<number> {
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
        if (held) await claimSlots(query, held)
        return held !== null
      })
      if (done) claimed++
    } catch (error) {
      if (isUnavailable(error)) throw error
      // One that cannot be computed must not keep the others from firing.
      engine.log.error({ err: error, schedule: id }, 'the slots of a schedule could not be claimed')
    }
  }
  return claimed
}

async function claimSlots(query: Query, held: HeldSchedule): Promise<void> {
  const { nextAt, now } = held
  if (nextAt === null) return
  const slots = new Slots(held)
  // What was promised counts, also should the zone's rules say something else by now.
  const { slots: later, more } = slots.between(nextAt, now, limits.scheduleSlotsMax)
  const due = [nextAt, ...later].slice(-limits.scheduleSlotsMax)
  const onTime = due.filter((slot) => now.getTime() - slot.getTime() <= ON_TIME_MS)
  const missed = due.slice(0, due.length - onTime.length)
  const caughtUp = missedToFire(held, missed, onTime)
  const left = missed.slice(0, missed.length - caughtUp.length)

  const [waiting] = await query<{ count: number }>(
    `select count(*)::int as count from schedule_slots where schedule_id = $1 and status = 'waiting'`,
    [held.id],
  )
  const room = limits.scheduleSlotsMax - (waiting?.count ?? 0)
  const fired = [
    ...caughtUp.map((slot) => ({ slot, kind: 'catch_up' as const })),
    ...onTime.map((slot) => ({ slot, kind: 'slot' as const })),
  ]
  if (left[0]) await skipSlots(query, held, left[0], left.length, missedReason(held, more))
  await addSlots(query, held, fired.slice(0, room))
  const full = fired.slice(room)
  if (full[0])
    await skipSlots(
      query,
      held,
      full[0].slot,
      full.length,
      `${limits.scheduleSlotsMax.toLocaleString('en-US')} slots wait already.`,
    )
  await query('update schedules set next_at = $2 where id = $1', [held.id, slots.after(now)])
}

function missedToFire(held: HeldSchedule, missed: Date[], onTime: Date[]): Date[] {
  if (held.catchUp === 'all') return missed
  // A slot that comes in time is the latest one.
  return held.catchUp === 'latest' && onTime.length === 0 ? missed.slice(-1) : []
}

function missedReason({ catchUp }: HeldSchedule, more: boolean): string {
  const why =
    catchUp === 'none'
      ? 'No server ran then, and catch-up is none.'
      : 'No server ran then, and only the latest slot is caught up.'
  return more ? `${why} There were earlier ones, too.` : why
}

async function addSlots(
  query: Query,
  held: HeldSchedule,
  slots: { slot: Date; kind: SlotKind }[],
): Promise<void> {
  if (slots.length === 0) return
  await query(
    `insert into schedule_slots (schedule_id, slot, org_id, kind, status, created_at)
     select $1, slot, $2, kind, 'waiting', engine_now() from unnest($3::timestamptz[], $4::text[]) as s (slot, kind)
     on conflict do nothing`,
    [held.id, held.scope.orgId, slots.map(({ slot }) => slot), slots.map(({ kind }) => kind)],
  )
}

const skipSlots = (query: Query, held: HeldSchedule, first: Date, count: number, reason: string) =>
  query(
    `insert into schedule_slots (schedule_id, slot, org_id, kind, status, reason, count, created_at)
     values ($1, $2, $3, 'slot', 'skipped', $4, $5, engine_now()) on conflict do nothing`,
    [held.id, first, held.scope.orgId, reason, count],
  )
