import type { Job } from '../scheduler.ts'
import type { Engine } from '../types.ts'
import { claimDueFireTimes } from './claim-fire-times.ts'
import { followDeclared } from './declared.ts'
import { type StartRun, startWaitingFireTimes } from './start-fire-times.ts'

/** Fires schedules. Any number of schedulers may have it on one database: a fire time is claimed in SQL. */
export interface ScheduleJob extends Job {
  /** Claims and starts what is due, and resolves when that is done; `now` instead of the database's clock is for tests. */
  tick(now?: Date): Promise<void>
  /** Resolves when nothing of it is under way; call it after the scheduler has stopped. */
  idle(): Promise<void>
}

/** While fire times wait for a run to end. */
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
    while ((await claimDueFireTimes(engine, now)) > 0);
    if (performance.now() < pruneAt) return
    pruneAt = performance.now() + PRUNE_MS
    await forgetOldFireTimes(engine)
  }

  // A start may wait for the bundler. The scheduler has timers to look after meanwhile.
  const startSoon = () => {
    again = true
    starting ??= (async () => {
      while (again) {
        again = false
        waiting = await startWaitingFireTimes(engine, startRun)
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
      const next = await nextFireTimeMs(engine)
      return starting || waiting > 0 ? Math.min(next ?? WAITING_MS, WAITING_MS) : next
    },
    async tick(now) {
      await claim(now)
      waiting = await startWaitingFireTimes(engine, startRun, now)
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

/** Milliseconds until the next fire time, by the database's clock. */
async function nextFireTimeMs(engine: Engine): Promise<number | null> {
  const [row] = await engine.db.prepared<{ wait_ms: number | null }>(
    'schedules_next',
    'select extract(epoch from min(next_at) - engine_now())::float8 * 1000 as wait_ms from schedules',
    [],
  )
  return row?.wait_ms ?? null
}

/** What became of fire times is history, too; but it is not needed forever. */
export const forgetOldFireTimes = (engine: Engine) =>
  engine.db.query(
    `delete from schedule_fire_times where created_at < engine_now() - interval '${KEPT_DAYS} days'
       and status <> 'waiting' and not active`,
  )
