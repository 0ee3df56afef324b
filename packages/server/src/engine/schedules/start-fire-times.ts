import { AppError, ExecutionStatus, isTerminal } from '@bifrost/contract'
import { isUnavailable, type Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { cancelExecution } from '../run/cancel.ts'
import type { RunOrigin } from '../start/run-origin.ts'
import type { Engine } from '../types.ts'
import { atTime, type FireTimeKind, type HeldSchedule, holdSchedule } from './schedule-row.ts'

/**
 * Starts a run of a schedule's workflow. Two calls with one key give the same run. Throws an AppError for what only
 * people can fix: a file with a mistake, an input that does not fit.
 */
export type StartRun = (
  scope: OrgScope,
  workflowId: string,
  run: {
    input: HeldSchedule['input']
    trigger: 'schedule'
    origin: RunOrigin
    exemptFromQuotas: true
    scheduledAt: Date
    idempotencyKey: string
    /** The workflow's own file asks for it, so that no right to run it is checked. */
    granted: boolean
  },
) => Promise<{ executionId: string }>

/** The schedule as what its runs come from. */
export const scheduleOrigin = (id: string): RunOrigin => ({ kind: 'schedule', id, name: null, data: null })

interface WaitingFireTime {
  fireTime: Date
  kind: FireTimeKind
}

const ENDED = ExecutionStatus.options.filter(isTerminal)

/** Starts what waits, as far as the overlap policies allow. Returns how many schedules still have fire times that wait. */
export async function startWaitingFireTimes(engine: Engine, startRun: StartRun, now?: Date): Promise<number> {
  const schedules = await engine.db.query<{ schedule_id: string }>(
    `select distinct schedule_id from schedule_fire_times where status = 'waiting'`,
  )
  let waiting = 0
  for (const { schedule_id: id } of schedules)
    try {
      if (await startFireTimesOf(engine, startRun, id, now)) waiting++
    } catch (error) {
      if (isUnavailable(error)) throw error
      engine.log.error(
        { err: error, schedule: id },
        'a fire time of a schedule could not be started; the start is retried',
      )
      waiting++
    }
  return waiting
}

/** True while something waits. */
async function startFireTimesOf(
  engine: Engine,
  startRun: StartRun,
  id: string,
  now?: Date,
): Promise<boolean> {
  for (;;) {
    const { cancel, next } = await atTime(engine.db, now, (query) => startNext(query, startRun, id))
    for (const { scope, executionId } of cancel) await cancelActive(engine, scope, executionId)
    if (next !== 'again') return next === 'wait'
    // A run was accepted for a time that has passed: it need not wait for the next look at planned runs.
    engine.notifier.publish('due')
  }
}

interface Decision {
  cancel: { scope: OrgScope; executionId: string }[]
  /** `again`: look once more; `wait`: something waits for a run to end, or for another scheduler; `done`: nothing waits. */
  next: 'again' | 'wait' | 'done'
}

/** Decides about the first fire time that waits. The lock of the schedule is held: no other process decides meanwhile. */
async function startNext(query: Query, startRun: StartRun, id: string): Promise<Decision> {
  const held = await holdSchedule(query, id, 'any')
  if (!held) return { cancel: [], next: 'wait' }
  await forgetEnded(query, id)
  const waiting = await query<WaitingFireTime>(
    `select fire_time as "fireTime", kind from schedule_fire_times where schedule_id = $1 and status = 'waiting' order by fire_time`,
    [id],
  )
  const first = waiting[0]
  if (!first) return { cancel: [], next: 'done' }
  const active = await query<{ execution_id: string }>(
    'select execution_id from schedule_fire_times where schedule_id = $1 and active',
    [id],
  )
  // What is caught up runs one after the other, whatever else the policy: each of them was asked for.
  const latest = waiting.findLast(({ kind }) => kind === 'on_time')
  if (held.overlap === 'cancel_previous' && latest) {
    const before = waiting.filter(({ fireTime }) => fireTime < latest.fireTime)
    if (before.length > 0) {
      await skip(query, held, before, 'A later fire time took its place before it could start.')
      return { cancel: [], next: 'again' }
    }
    if (active.length > 0) {
      const { scope } = held
      return { cancel: active.map((run) => ({ scope, executionId: run.execution_id })), next: 'wait' }
    }
  }
  if (active.length > 0) {
    const late = held.overlap === 'skip' ? waiting.filter(({ kind }) => kind === 'on_time') : []
    await skip(query, held, late, 'The previous run had not ended.')
    return { cancel: [], next: late.length < waiting.length ? 'wait' : 'done' }
  }
  const isDecided = await start(query, startRun, held, first)
  return { cancel: [], next: isDecided ? 'again' : 'wait' }
}

/**
 * The key makes the start repeatable: should this transaction be lost after the run was accepted, the next scheduler
 * comes here again and gets the same run. False when it has to be tried again.
 */
async function start(
  query: Query,
  startRun: StartRun,
  held: HeldSchedule,
  { fireTime }: WaitingFireTime,
): Promise<boolean> {
  try {
    const { executionId } = await startRun(held.scope, held.workflowId, {
      input: held.input,
      trigger: 'schedule',
      origin: scheduleOrigin(held.id),
      exemptFromQuotas: true,
      scheduledAt: fireTime,
      granted: held.isDeclared,
      idempotencyKey: `schedule:${held.id}:${fireTime.toISOString()}`,
    })
    await query(
      `update schedule_fire_times set status = 'started', execution_id = $3, active = true, reason = null
       where schedule_id = $1 and fire_time = $2`,
      [held.id, fireTime, executionId],
    )
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'unavailable') {
      await query('update schedule_fire_times set reason = $3 where schedule_id = $1 and fire_time = $2', [
        held.id,
        fireTime,
        `The start will be retried: ${error.message}`,
      ])
      return false
    }
    await skip(query, held, [{ fireTime }], `The run could not start: ${error.message}`)
  }
  return true
}

const skip = (query: Query, held: HeldSchedule, fireTimes: { fireTime: Date }[], reason: string) =>
  query(
    `update schedule_fire_times set status = 'skipped', reason = $3 where schedule_id = $1 and fire_time = any($2)`,
    [held.id, fireTimes.map(({ fireTime }) => fireTime), reason],
  )

const forgetEnded = (query: Query, id: string) =>
  query(
    `update schedule_fire_times s set active = false where s.schedule_id = $1 and s.active
       and not exists (select from executions e where e.id = s.execution_id and not e.status = any($2))`,
    [id, ENDED],
  )

async function cancelActive(engine: Engine, scope: OrgScope, executionId: string): Promise<void> {
  try {
    await cancelExecution(engine, scope, executionId)
  } catch (error) {
    // It ended in this moment, or it was cancelled.
    if (!(error instanceof AppError)) throw error
  }
}
