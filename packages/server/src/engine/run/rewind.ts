import { limits } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { Engine } from '../types.ts'
import { requeue } from './answer.ts'
import { requestCancel } from './cancel.ts'
import { announceWoken } from './wake.ts'

/** The result of rewinding a run to an earlier place. */
export interface Rewound {
  executionId: string
  /** Child runs that the run no longer waits for. */
  orphans: string[]
}

/**
 * Takes a suspended run back to where its code had not yet learned the outcome of a step: that outcome, and all that the
 * code learned or began after it, leaves the journal (`from` for certain), and the run continues from there. Waits that
 * began before stay. Null when the run does something at this moment, or has no such step. The caller holds
 * the locks (`lockWait`), and calls `announceRewound` after the commit.
 */
export async function rewindRun(
  query: Query,
  executionId: string,
  from: string,
  key: string,
  why: string,
): Promise<Rewound | null> {
  const [run] = await query<{ claims: number }>(
    `select claims from executions e where id = $1 and status = 'SUSPENDED'
       and not exists (select from queue where execution_id = e.id)`,
    [executionId],
  )
  const [to] = await query(
    `select from execution_steps
     where execution_id = $1 and key = $2 and status = 'completed' and ordinal is not null`,
    [executionId, key],
  )
  if (!run || !to) return null
  const gone = await query<{ key: string }>(
    `delete from execution_steps s using execution_steps t
     where t.execution_id = $1 and t.key = $2 and s.execution_id = $1
       and (s.ordinal >= t.ordinal or (s.ordinal is null and (s.started_at >= t.ended_at or s.key = $3)))
     returning s.key`,
    [executionId, key, from],
  )
  const keys = gone.map((step) => step.key)
  await query('delete from waits where execution_id = $1 and key = any($2)', [executionId, keys])
  // Where the code comes there again it starts other runs in their place.
  const children = await query<{ id: string; ended: boolean }>(
    `update executions set parent_key = parent_key || $3, idempotency_key = idempotency_key || $3
     where parent_id = $1 and parent_key = any($2) returning id, ended_at is not null as ended`,
    [executionId, keys, ` sent back ${run.claims}`],
  )
  // Behind the lines of this claim and before those of the next.
  await query(
    `with line as (
       insert into execution_logs (execution_id, seq, org_id, level, created_at, message)
       select id, $2, org_id, 'info', engine_now(), $3 from executions where id = $1
       on conflict do nothing returning execution_id
     )
     update executions set log_count = log_count + 1 where id in (select execution_id from line)`,
    [
      executionId,
      run.claims * limits.logLinesMax * 2,
      `${why} Repeated from there: ${keys.toSorted().join(', ')}.`.slice(0, 4000),
    ],
  )
  await requeue(query, executionId)
  return { executionId, orphans: children.filter((child) => !child.ended).map((child) => child.id) }
}

/** The run continues, and what it had started from the part that is gone is cancelled. */
export async function announceRewound(engine: Engine, { executionId, orphans }: Rewound): Promise<void> {
  announceWoken(engine, [executionId])
  for (const orphan of orphans) await requestCancel(engine, orphan)
}
