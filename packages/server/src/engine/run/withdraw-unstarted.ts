import type { Engine } from '../types.ts'
import { announceCancel, cancelWithin, requestCancel } from './cancel.ts'

/**
 * Withdraws a run that waits for capacity, or for a process, and of which nothing has begun; false when it has, or waits
 * for something else. It ends CANCELLED with this reason.
 */
export async function withdrawUnstarted(
  engine: Engine,
  executionId: string,
  reason: string,
): Promise<boolean> {
  const cancelled = await engine.db.transaction(async (query) => {
    const [queued] = await query(
      `select from queue where execution_id = $1 and worker_id is null and ready and claim = 0 for update skip locked`,
      [executionId],
    )
    return queued ? cancelWithin(query, executionId, reason) : null
  })
  if (cancelled) {
    await announceCancel(engine, cancelled)
    return true
  }
  if (!engine.localWorker?.waitsForProcess(executionId)) return false
  return (await requestCancel(engine, executionId, reason)) !== null
}
