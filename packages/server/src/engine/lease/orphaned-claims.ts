import { transition } from '../run/transition.ts'
import { type Ending, needsUndo, queueForUndo } from '../run/undo.ts'
import type { Engine } from '../types.ts'

/** The runs that the queue has as this worker's: which claim of each. */
export async function heldRuns(engine: Engine, workerId: string): Promise<Map<string, number>> {
  const rows = await engine.db.prepared<{ execution_id: string; claim: number }>(
    'held',
    'select execution_id, claim from queue where worker_id = $1',
    [workerId],
  )
  return new Map(rows.map((row) => [row.execution_id, row.claim]))
}

const OF_RUNS = { where: 'e.id = any($1)' }
const RELEASE = transition({ RUNNING: 'PENDING' }, OF_RUNS)
const END_CANCELLED = transition({ CANCELLING: 'CANCELLED' }, { ...OF_RUNS, set: 'ended_at = engine_now()' })

/**
 * Gives back runs that the queue has as this worker's and that the worker does not have. The answer to a claim may be
 * lost after its commit, when the database goes away in that moment; while the worker lives, no other would take
 * them. None of them has begun under this claim. The caller claims nothing meanwhile.
 */
export async function releaseOrphanedClaims(
  engine: Engine,
  workerId: string,
  isKnown: (executionId: string) => boolean,
): Promise<number> {
  const unknown = [...(await heldRuns(engine, workerId))].filter(([id]) => !isKnown(id))
  if (unknown.length === 0) return 0
  const given = await engine.db.transaction(async (query) => {
    // One that has ended or left meanwhile is not ours any more.
    const rows = await query<{ execution_id: string; cancel_requested: boolean; ending: Ending | null }>(
      `select execution_id, cancel_requested, ending from queue
       join unnest($2::uuid[], $3::int[]) as unknown (execution_id, claim) using (execution_id, claim)
       where worker_id = $1 order by execution_id for update of queue`,
      [workerId, unknown.map(([id]) => id), unknown.map(([, claim]) => claim)],
    )
    const cancelled: string[] = []
    for (const { execution_id: id, cancel_requested, ending } of rows) {
      if (!cancel_requested && !ending) continue
      // The steps that finished under earlier claims are undone first.
      if (await needsUndo(query, id)) await queueForUndo(query, id, ending ?? 'CANCELLED')
      else cancelled.push(id)
    }
    const ids = rows.filter((row) => !row.cancel_requested && !row.ending).map((row) => row.execution_id)
    await query('update queue set worker_id = null where execution_id = any($1)', [ids])
    await query(RELEASE, [ids])
    await query('delete from queue where execution_id = any($1)', [cancelled])
    await query('delete from waits where execution_id = any($1)', [cancelled])
    await query(END_CANCELLED, [cancelled])
    return rows.map((row) => row.execution_id)
  })
  if (given.length > 0) {
    engine.log.warn({ runs: given.length }, 'orphaned claims were released')
    engine.notifier.publish('queue')
    for (const id of given) engine.notifier.publish(`execution:${id}`)
  }
  return given.length
}
