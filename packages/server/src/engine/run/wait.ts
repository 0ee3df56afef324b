import type { WaitFor } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { earlyEvent, lockEventName, markEventWait } from '../events/waits.ts'
import type { ClaimedRun, Engine } from '../types.ts'
import { answerWait, type WaitAnswer } from './answer.ts'
import { childAnswer } from './child-runs.ts'
import type { StepWrite } from './journal.ts'
import { CRASHES_MAX } from './record.ts'
import { takeEarlyResume } from './resume.ts'
import { insertTask } from './tasks.ts'
import { transition } from './transition.ts'
import { needsUndo, queueForUndo } from './undo.ts'

/** `answered`: what it waits for had come already, and nothing waits. `lost`: the claim no longer owns the run. */
export type StoredWait = 'stored' | 'answered' | 'lost'

/**
 * Stores a wait and its step in one transaction, before anything outside can answer it. An answer that came earlier, or
 * while a replay was on its way here, counts.
 */
export async function storeWait(
  engine: Engine,
  write: StepWrite,
  wait: WaitFor,
  known = false,
  /** Text that people read, without secrets of the run. */
  shown: (text: string) => string = (text) => text,
): Promise<StoredWait> {
  return engine.db.transaction(async (query) => {
    if (wait.kind === 'event' && !known) await lockEventName(query, write.orgId, wait.name, 'wait')
    const [owned] = await query(
      'select from queue where execution_id = $1 and claim = $2 and worker_id = $3 for update',
      [write.executionId, write.claim, write.workerId],
    )
    if (!owned) return 'lost'
    if (known) {
      const [still] = await query('select from waits where execution_id = $1 and key = $2', [
        write.executionId,
        write.key,
      ])
      return still ? 'stored' : 'answered'
    }
    await query(
      `insert into execution_steps as s (execution_id, key, org_id, name, occurrence, branch, position, kind, status,
         attempt, has_undo, started_at, due_at, attempts)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false, to_timestamp($11::float8 / 1000),
         to_timestamp($12::float8 / 1000), $13)
       on conflict (execution_id, key) do update set status = excluded.status, due_at = excluded.due_at,
         attempts = coalesce(excluded.attempts, s.attempts), attempt = greatest(s.attempt, excluded.attempt)
         where s.status not in ('completed', 'failed')`,
      [
        write.executionId,
        write.key,
        write.orgId,
        write.name,
        write.occurrence,
        write.branch,
        write.position,
        write.kind,
        write.status,
        Math.max(1, write.attempts.length),
        write.startedAt,
        wait.dueAt,
        write.attempts.length > 0 ? JSON.stringify(write.attempts) : null,
      ],
    )
    await query(
      `insert into waits (execution_id, key, org_id, kind, due_at, created_at, reason, child_id)
       values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000), engine_now(), $6, $7) on conflict do nothing`,
      [
        write.executionId,
        write.key,
        write.orgId,
        wait.kind,
        wait.dueAt,
        wait.kind === 'resume' ? wait.reason : null,
        wait.kind === 'child' ? wait.childId : null,
      ],
    )
    if (wait.kind === 'task' && wait.task) await insertTask(engine, query, write, wait.dueAt, wait.task)
    if (wait.kind === 'event') await markEventWait(query, write, wait, shown)
    const early = await earlyAnswer(query, write, wait)
    if (!early) return 'stored'
    await answerWait(query, write.executionId, write.key, early)
    return 'answered'
  })
}

/** What came before the wait did. Code that brings an answer locks the run's queue row first, as the caller has. */
async function earlyAnswer(query: Query, write: StepWrite, wait: WaitFor): Promise<WaitAnswer | null> {
  switch (wait.kind) {
    case 'resume':
      return takeEarlyResume(query, write.executionId, write)
    case 'child':
      return childAnswer(query, write.executionId, wait.childId)
    case 'event':
      return earlyEvent(query, write, { ...wait, key: write.key })
    case 'timer':
    case 'retry':
    case 'task':
      return null
  }
}

/**
 * How leaving the worker went: the run waits now, or what it waits for had come already, or it was asked to cancel
 * in this moment, or it is no longer ours. `stuck`: it has left so often without doing anything that it may not again.
 */
export type Suspension = 'suspended' | 'resumed' | 'cancelled' | 'lost' | 'stuck'

const LEAVE = {
  set: 'variables = $2, log_count = log_count + $3, duration_ms = coalesce(duration_ms, 0) + $4',
  where: 'e.id = $1',
}
/** The run has left its worker to wait; $2 to $4 are what it leaves. */
export const SUSPEND = transition({ RUNNING: 'SUSPENDED' }, LEAVE)
const RESUME = transition({ RUNNING: 'PENDING' }, LEAVE)
const END_CANCELLED = transition(
  { CANCELLING: 'CANCELLED' },
  { ...LEAVE, set: `ended_at = engine_now(), ${LEAVE.set}` },
)

/** The run leaves its worker. When one of its waits was answered in this moment it goes straight back to the queue. */
export async function suspendRun(
  engine: Engine,
  workerId: string,
  run: ClaimedRun,
  left: { waiting: string[]; variables: string; logCount: number; durationMs: number },
): Promise<Suspension> {
  const suspension = await engine.db.transaction(async (query): Promise<Suspension> => {
    const [owned] = await query<{ cancel_requested: boolean }>(
      'select cancel_requested from queue where execution_id = $1 and claim = $2 and worker_id = $3 for update',
      [run.executionId, run.claim, workerId],
    )
    if (!owned) return 'lost'
    if (owned.cancel_requested) {
      if (await needsUndo(query, run.executionId)) await queueForUndo(query, run.executionId, 'CANCELLED')
      else await endCancelled(query, run.executionId, left)
      return 'cancelled'
    }
    // A run that only says that it waits would get its whole time again each time, forever.
    const [counted] = await query<{ crashes: number }>(
      'update executions set crashes = crashes + 1, spent_ms = spent_ms + $2 where id = $1 returning crashes',
      [run.executionId, left.durationMs],
    )
    if (!counted || counted.crashes > CRASHES_MAX) return 'stuck'
    const [still] = await query<{ count: number }>(
      'select count(*)::int as count from waits where execution_id = $1 and key = any($2)',
      [run.executionId, left.waiting],
    )
    if (still?.count !== left.waiting.length) {
      await query(`update queue set worker_id = null where execution_id = $1`, [run.executionId])
      await query(RESUME, [run.executionId, left.variables, left.logCount, left.durationMs])
      return 'resumed'
    }
    await query('delete from queue where execution_id = $1', [run.executionId])
    await query(SUSPEND, [run.executionId, left.variables, left.logCount, left.durationMs])
    return 'suspended'
  })
  engine.notifier.publish(`execution:${run.executionId}`)
  if (suspension === 'resumed' || suspension === 'cancelled') engine.notifier.publish('queue')
  return suspension
}

/** Why it was cancelled stands in its row since it was asked for. */
export async function endCancelled(
  query: Query,
  executionId: string,
  left: { variables: string; logCount: number; durationMs: number },
): Promise<void> {
  await query('delete from queue where execution_id = $1', [executionId])
  await query('delete from waits where execution_id = $1', [executionId])
  await query(END_CANCELLED, [executionId, left.variables, left.logCount, left.durationMs])
}

/** The run has ended: nothing of it waits any more. */
export async function forgetWaits(engine: Engine, executionId: string): Promise<void> {
  await engine.db.query('delete from waits where execution_id = $1', [executionId])
}
