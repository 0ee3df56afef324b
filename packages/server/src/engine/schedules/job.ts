import type { Job } from '../scheduler.ts'
import type { Engine } from '../types.ts'
import { claimDueSlots } from './claim-slots.ts'
import { followDeclared } from './declared.ts'
import { type StartRun, startWaitingSlots } from './start-slots.ts'

/** Fires schedules. Any number of schedulers may have it on one database: a slot is claimed in SQL. */
export interface ScheduleJob extends Job {
  /** Claims and starts what is due, and resolves when that is done; `now` instead of the database's clock is for tests. */
  tick(now?: Date): Promise<void>
  /** Resolves when nothing of it is under way; call it after the scheduler has stopped. */
  idle(): Promise<void>
}

/** While slots wait for a run to end. */
const WAITING_MS = 200
const PRUNE_MS = 60 * 60 * 1000
const KEPT_DAYS = 90

export function createScheduleJob(engine: Engine, startRun: StartRun): ScheduleJob {
  let followed = ''
  let pruneAt = performance.now() + PRUNE_MS
  let waiting = 0
  let starting: Promise<void> | null = null
  let again = false

  const claim = async (now?: Date) => {
    const declared = await declaredState(engine)
    if (declared !== followed) await followDeclared(engine, now)
    followed = declared
    while ((await claimDueSlots(engine, now)) > 0);
    if (performance.now() < pruneAt) return
    pruneAt = performance.now() + PRUNE_MS
    await forgetOldSlots(engine)
  }

  // A start may wait for the bundler. The scheduler has timers to look after meanwhile.
  const startSoon = () => {
    again = true
    starting ??= (async () => {
      while (again) {
        again = false
        waiting = await startWaitingSlots(engine, startRun)
      }
    })()
      .catch((error: unknown) => engine.log.error({ err: error }, 'starting the runs of schedules failed'))
      .finally(() => {
        starting = null
      })
  }

  return {
    name: 'schedules',
    topic: 'schedules',
    async run() {
      await claim()
      startSoon()
    },
    async nextMs() {
      const next = await nextSlotMs(engine)
      return starting || waiting > 0 ? Math.min(next ?? WAITING_MS, WAITING_MS) : next
    },
    async tick(now) {
      await claim(now)
      waiting = await startWaitingSlots(engine, startRun, now)
    },
    async idle() {
      await starting
    },
  }
}

/** Changes with whatever `followDeclared` looks at. The clocks of servers differ, so the latest time would not do. */
async function declaredState(engine: Engine): Promise<string> {
  const [row] = await engine.db.prepared<{ state: string }>(
    'schedules_declared',
    `select concat_ws(' ', count(*), sum(extract(epoch from updated_at)),
       (select id from organizations where is_provider)) as state from workflows`,
    [],
  )
  return row?.state ?? ''
}

/** Milliseconds until the next slot, by the database's clock. */
async function nextSlotMs(engine: Engine): Promise<number | null> {
  const [row] = await engine.db.prepared<{ wait_ms: number | null }>(
    'schedules_next',
    'select extract(epoch from min(next_at) - engine_now())::float8 * 1000 as wait_ms from schedules',
    [],
  )
  return row?.wait_ms ?? null
}

/** What became of slots is history, too; but it is not needed forever. */
export const forgetOldSlots = (engine: Engine) =>
  engine.db.query(
    `delete from schedule_slots where created_at < engine_now() - interval '${KEPT_DAYS} days'
       and status <> 'waiting' and not active`,
  )
