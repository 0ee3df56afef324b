import type { Query } from '../../platform/database.ts'
import type { ClaimedRun, Engine } from '../types.ts'
import { CRASHES_MAX } from './record.ts'
import { transition } from './transition.ts'

/** How a run ends that was stopped, once its steps are undone. */
export type Ending = 'CANCELLED' | 'TIMEOUT'

/** Whether the run has a finished step that has an `undo`. */
export async function needsUndo(query: Query, executionId: string): Promise<boolean> {
  const [step] = await query(
    `select from execution_steps where execution_id = $1 and has_undo and status = 'completed' limit 1`,
    [executionId],
  )
  return step !== undefined
}

/**
 * Puts a run that no worker holds into the queue, for its compensation and its end. Its status says CANCELLING already, and
 * the caller holds its row.
 */
export async function queueForUndo(query: Query, executionId: string, ending: Ending): Promise<void> {
  await query(
    `insert into queue (execution_id, org_id, due_at, attempt, claim)
     select id, org_id, engine_now(), attempt, claims from executions where id = $1 on conflict do nothing`,
    [executionId],
  )
  // It needs no concurrency key: it is compensated, however many others run.
  await query(
    `update queue set worker_id = null, ready = true, gate = null, concurrency_key = null, rate_key = null, due_at = engine_now(),
       cancel_requested = true, ending = $2 where execution_id = $1`,
    [executionId, ending],
  )
}

const LEAVE_FOR_UNDO = transition(
  { CANCELLING: 'CANCELLING', RUNNING: 'PENDING' },
  {
    set: 'crashes = e.crashes + 1, log_count = e.log_count + $5',
    from: 'owned o',
    where: 'e.id = o.execution_id',
    returning: 'e.id',
  },
)

/** A run that was stopped leaves this worker, and its steps are undone elsewhere; false when there is nothing to undo. */
export async function leaveForUndo(
  engine: Engine,
  workerId: string,
  run: ClaimedRun,
  left: { ending: Ending; logCount: number },
): Promise<boolean> {
  const rows = await engine.db.query(
    `with owned as (
       update queue q set worker_id = null, ready = true, concurrency_key = null, due_at = engine_now(), ending = $4 from executions e
       where q.execution_id = $1 and q.claim = $2 and q.worker_id = $3
         and e.id = q.execution_id and e.crashes < ${CRASHES_MAX}
         and exists (select from execution_steps s where s.execution_id = $1 and s.has_undo and s.status = 'completed')
       returning q.execution_id
     )
     ${LEAVE_FOR_UNDO}`,
    [run.executionId, run.claim, workerId, left.ending, left.logCount],
  )
  if (rows.length === 1) engine.notifier.publish('queue')
  return rows.length === 1
}
