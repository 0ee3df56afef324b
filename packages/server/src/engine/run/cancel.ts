import { AppError, type ExecutionStatus, isTerminal } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { admitConcurrency } from '../flow-control/admit.ts'
import type { Engine } from '../types.ts'
import { lockRun } from './lock-run.ts'
import { allTo, transition } from './transition.ts'
import { needsUndo, queueForUndo } from './undo.ts'

/**
 * Asks a run to end. One that waits ends now; one that runs is told, and ends within a second. Cancelling twice changes
 * nothing. A run that has ended answers `execution_finished`.
 */
export async function cancelExecution(
  engine: Engine,
  scope: OrgScope,
  executionId: string,
): Promise<ExecutionStatus> {
  const [own] = await engine.db.query('select from executions where id = $1 and org_id = $2', [
    executionId,
    scope.orgId,
  ])
  const after = own ? await requestCancel(engine, executionId) : null
  return after ?? refuseEnded(engine, scope, executionId)
}

/** The same on behalf of the engine itself; null when the run has ended. */
export async function requestCancel(
  engine: Engine,
  executionId: string,
  reason = CANCELLED,
): Promise<ExecutionStatus | null> {
  const cancelled = await engine.db.transaction((query) => cancelWithin(query, executionId, reason))
  if (!cancelled) return null
  await announceCancel(engine, cancelled)
  return cancelled.status
}

const CANCELLED = 'The run was cancelled.'

/** How far a cancel has come, and the concurrency key that it freed. */
export interface CancelledRun {
  executionId: string
  status: 'CANCELLED' | 'CANCELLING'
  freed: string | null
}

/** The same within the caller's transaction, with its reason. After the commit call `announceCancel`. */
export async function cancelWithin(
  query: Query,
  executionId: string,
  reason: string,
): Promise<CancelledRun | null> {
  const live = await lockRun(query, executionId)
  if (!live || isTerminal(live.status)) return null
  if (live.status === 'SUSPENDED')
    return { executionId, status: await cancelUnowned(query, executionId, reason), freed: null }
  if (live.status === 'CANCELLING') return { executionId, status: live.status, freed: null }
  if (live.worker_id === null)
    return {
      executionId,
      status: await cancelUnowned(query, executionId, reason),
      freed: live.concurrency_key,
    }
  await query('update queue set cancel_requested = true where execution_id = $1', [executionId])
  await setCancelled(query, executionId, 'CANCELLING', reason)
  return { executionId, status: 'CANCELLING', freed: null }
}

/** Tells everyone that a cancel concerns, after its commit. */
export async function announceCancel(
  engine: Engine,
  { executionId, status, freed }: CancelledRun,
): Promise<void> {
  if (freed !== null) await admitConcurrency(engine, [freed])
  if (status === 'CANCELLING') {
    engine.notifier.publish('cancel')
    engine.notifier.publish('queue')
  } else engine.notifier.publish('run_ends')
  engine.notifier.publish(`execution:${executionId}`)
}

/** No worker has it: it ends at once, unless some of its steps must be undone first. */
async function cancelUnowned(
  query: Query,
  executionId: string,
  reason: string,
): Promise<CancelledRun['status']> {
  // The steps of a parked run are undone by the code that ran them.
  await query(
    `update executions e set code_version = coalesce(original_version, code_version) where id = $1
       and exists (select from waits where execution_id = e.id and kind = 'parked')`,
    [executionId],
  )
  await query('delete from waits where execution_id = $1', [executionId])
  if (await needsUndo(query, executionId)) {
    await setCancelled(query, executionId, 'CANCELLING', reason)
    await queueForUndo(query, executionId, 'CANCELLED')
    return 'CANCELLING'
  }
  await query('delete from queue where execution_id = $1', [executionId])
  await setCancelled(query, executionId, 'CANCELLED', reason)
  return 'CANCELLED'
}

const REASON = `error_code = 'cancelled', error_type = 'CancelledError', error_message = $2, error_for_user = true`
const CANCEL = {
  CANCELLING: transition(allTo('CANCELLING'), { set: REASON, where: 'e.id = $1' }),
  CANCELLED: transition(allTo('CANCELLED'), {
    set: `ended_at = engine_now(), ${REASON}`,
    where: 'e.id = $1',
  }),
}

async function setCancelled(
  query: Query,
  executionId: string,
  status: CancelledRun['status'],
  reason: string,
): Promise<void> {
  await query(CANCEL[status], [executionId, reason])
}

async function refuseEnded(engine: Engine, scope: OrgScope, executionId: string): Promise<ExecutionStatus> {
  const [row] = await engine.db.query<{ status: ExecutionStatus; started: boolean }>(
    'select status, started_at is not null as started from executions where id = $1 and org_id = $2',
    [executionId, scope.orgId],
  )
  if (!row) throw new AppError('not_found', 'There is no such run.')
  if (row.status === 'CANCELLED' && row.started) return row.status
  if (row.status === 'CANCELLED') throw new AppError('conflict', 'The run was cancelled before it started.')
  throw new AppError('execution_finished', `The run has already ended (${row.status}).`)
}

/** Runs of this worker that were asked to cancel. */
export async function cancelRequests(engine: Engine, workerId: string): Promise<string[]> {
  const rows = await engine.db.prepared<{ execution_id: string }>(
    'cancel_requests',
    'select execution_id from queue where worker_id = $1 and cancel_requested',
    [workerId],
  )
  return rows.map((row) => row.execution_id)
}
