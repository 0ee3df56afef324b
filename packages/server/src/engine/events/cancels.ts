import type { Query } from '../../platform/database.ts'
import { type CancelledRun, cancelWithin } from '../run/cancel.ts'
import type { MatchKey } from './match.ts'
import { matching } from './waits.ts'

/** The live runs that an event cancels. The index finds them, as it finds waits. */
const CANCELS = { select: 'execution_id', from: 'event_cancels where true', orderBy: 'execution_id' }

/** Cancels the runs whose workflow says so, in the caller's transaction. After the commit call `announceCancel`. */
export async function cancelOnEvent(
  query: Query,
  event: { id: string; orgId: string; name: string },
  keys: readonly MatchKey[],
  spared: readonly string[],
): Promise<CancelledRun[]> {
  if (keys.length === 0) return []
  const { text, values } = matching(CANCELS, keys)
  const rows = await query<{ execution_id: string }>(text, [event.orgId, event.name, ...values])
  const cancelled: CancelledRun[] = []
  for (const { execution_id: executionId } of rows) {
    if (spared.includes(executionId)) continue
    const run = await cancelWithin(query, executionId, `The run was cancelled by the event ${event.name}.`)
    if (run) cancelled.push(run)
  }
  await query(
    `insert into event_deliveries (id, org_id, event_id, seq, kind, status, workflow_id, workflow_name, execution_id,
       created_at, updated_at)
     select gen_random_uuid(), v.org_id, v.id, v.seq, 'cancel', 'cancelled', e.workflow_id, e.workflow_name, e.id,
       engine_now(), engine_now()
     from executions e cross join events v where e.id = any($2) and v.id = $1`,
    [event.id, cancelled.map((run) => run.executionId)],
  )
  return cancelled
}
