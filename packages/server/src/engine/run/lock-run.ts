import { AppError, type ExecutionStatus, isTerminal } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'

/** A run whose rows are locked until the end of the transaction. */
export interface LockedRun {
  status: ExecutionStatus
  worker_id: string | null
  concurrency_key: string | null
}

/** It can only change between two looks when a worker takes it up and lets it go in between. */
const TRIES_MAX = 10

/**
 * Locks a run: its row in the queue, then its own, here as everywhere, so that no two transactions wait for each other.
 * One that waits has no row in the queue. When it is woken in this very moment it has one afterwards, and that must be
 * locked first, or a claim that has it would wait for us while we wait for the claim.
 */
export async function lockRun(query: Query, executionId: string): Promise<LockedRun | null> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const [queued] = await query<{ worker_id: string | null; concurrency_key: string | null }>(
      'select worker_id, concurrency_key from queue where execution_id = $1 for update',
      [executionId],
    )
    if (!queued) await query('savepoint unqueued')
    const [run] = await query<{ status: ExecutionStatus }>(
      'select status from executions where id = $1 for update',
      [executionId],
    )
    if (!run) return null
    if (queued) return { ...run, ...queued }
    if (run.status === 'SUSPENDED' || isTerminal(run.status))
      return { ...run, worker_id: null, concurrency_key: null }
    await query('rollback to savepoint unqueued')
  }
  throw new AppError('conflict', 'The run is changing. Try again.')
}

/** Locks a run and one of its waits, in the order that the engine keeps: queue, executions, waits, and what belongs to them. */
export async function lockWait(query: Query, executionId: string, key: string): Promise<void> {
  await lockRun(query, executionId)
  await query('select from waits where execution_id = $1 and key = $2 for update', [executionId, key])
}
