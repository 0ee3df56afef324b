import { storedJson } from '../../platform/stored-text.ts'
import type { ClaimedRun, Engine } from '../types.ts'

/** Stores the display columns of a run; those of an old claim change nothing. */
export async function writeColumns(
  engine: Engine,
  workerId: string,
  run: ClaimedRun,
  /** Text of a JSON object. */
  columns: string,
): Promise<void> {
  await engine.db.query(
    `update executions e set columns = $4 from queue q
     where q.execution_id = $1 and q.claim = $2 and q.worker_id = $3 and e.id = q.execution_id`,
    [run.executionId, run.claim, workerId, storedJson(columns)],
  )
}
