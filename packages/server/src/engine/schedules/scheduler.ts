import { isUnavailable } from '../../platform/database.ts'
import type { Engine } from '../engine.ts'
import { claimDueSlots } from './claim-slots.ts'
import { followDeclared } from './declared.ts'
import { type PrepareRun, startWaitingSlots } from './start-slots.ts'

/** Fires schedules. Any number of them may work on one database: a slot is claimed in SQL. */
export interface Scheduler {
  start(): Promise<void>
  /** Resolves when nothing of it is under way. */
  stop(): Promise<void>
  /** Claims and starts what is due; `now` instead of the database's clock is for tests. */
  tick(now?: Date): Promise<void>
  /** Looks again soon: files have changed, or somebody changed a schedule. */
  wake(): void
}

/** Another process may have made a schedule that is due before ours: so often it is looked, whatever is planned. */
const SWEEP_MS = 2000
/** While slots wait for a run to end. */
const WAITING_MS = 200
const FOLLOW_MS = 15_000
const PRUNE_MS = 60 * 60 * 1000
const KEPT_DAYS = 90

export function createScheduler({ engine, prepare }: { engine: Engine; prepare: PrepareRun }): Scheduler {
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null
  let again = false
  let stopped = true
  let waiting = 0
  let followAt = 0
  let pruneAt = 0
  let unsubscribe = () => {}

  const tick = async (now?: Date) => {
    if (now || performance.now() >= followAt) {
      await followDeclared(engine, now)
      followAt = performance.now() + FOLLOW_MS
    }
    while ((await claimDueSlots(engine, now)) > 0);
    waiting = await startWaitingSlots(engine, prepare, now)
    if (performance.now() >= pruneAt) {
      await forgetOldSlots(engine)
      pruneAt = performance.now() + PRUNE_MS
    }
  }

  const run = () => {
    if (stopped) return
    if (running) {
      again = true
      return
    }
    if (timer) clearTimeout(timer)
    running = tick()
      .then(() => untilNext(engine))
      .catch((error: unknown) => {
        if (isUnavailable(error)) engine.log.warn({ err: error }, 'the scheduler cannot reach the database')
        else engine.log.error({ err: error }, 'the scheduler failed; it tries again')
        return SWEEP_MS
      })
      .then((untilMs) => {
        running = null
        if (stopped) return
        const soon = again ? 0 : waiting > 0 ? WAITING_MS : SWEEP_MS
        again = false
        timer = setTimeout(run, Math.min(soon, Math.max(1, Math.ceil(untilMs))))
      })
  }

  return {
    async start() {
      stopped = false
      unsubscribe = engine.notifier.subscribe('schedules', () => {
        followAt = 0
        run()
      })
      run()
      await running
    },
    async stop() {
      stopped = true
      unsubscribe()
      if (timer) clearTimeout(timer)
      await running
    },
    tick,
    wake: () => engine.notifier.publish('schedules'),
  }
}

/** Milliseconds until the next slot, by the database's clock. */
async function untilNext(engine: Engine): Promise<number> {
  const [row] = await engine.db.prepared<{ wait_ms: number | null }>(
    'schedules_next',
    'select extract(epoch from min(next_at) - engine_now())::float8 * 1000 as wait_ms from schedules',
    [],
  )
  return row?.wait_ms ?? SWEEP_MS
}

const forgetOldSlots = (engine: Engine) =>
  engine.db.query(
    `delete from schedule_slots where created_at < engine_now() - interval '${KEPT_DAYS} days'
       and status <> 'waiting' and not active`,
  )
