import { AppError, type ExecutionStatus } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { ClaimedRun, Engine } from '../types.ts'
import { requeue } from './answer.ts'
import { needsUndo, queueForUndo } from './undo.ts'
import { endCancelled, SUSPEND, type Suspension } from './wait.ts'
import { announceWoken } from './wake.ts'

/** What the journal of a run has at a place, and what its code asked for. */
export interface Mismatch {
  expected: string
  asked: string
}

/** Both names, for the sentence that says why a run is parked. */
export const mismatchText = ({ expected, asked }: Mismatch): string =>
  `its history has "${expected}" where the code asks for "${asked}"`

/** The place among a run's waits that says that it is parked. */
const PARKED = '(parked)'

/**
 * A run whose code does not fit its journal waits until a developer continues it. Nothing of it is lost: what it waited for
 * is still answered meanwhile, and only does not bring it back.
 */
export async function parkRun(
  engine: Engine,
  workerId: string,
  run: ClaimedRun,
  reason: string,
  left: { variables: string; logCount: number; durationMs: number },
): Promise<Suspension> {
  const { executionId } = run
  const suspension = await engine.db.transaction(async (query): Promise<Suspension> => {
    const [owned] = await query<{ cancel_requested: boolean }>(
      'select cancel_requested from queue where execution_id = $1 and claim = $2 and worker_id = $3 for update',
      [executionId, run.claim, workerId],
    )
    if (!owned) return 'lost'
    if (owned.cancel_requested) {
      // Code that does not fit the journal cannot undo what the run did; the code with which the run began can.
      await query(
        'update executions set code_version = coalesce(original_version, code_version) where id = $1',
        [executionId],
      )
      if (await needsUndo(query, executionId)) await queueForUndo(query, executionId, 'CANCELLED')
      else await endCancelled(query, executionId, left)
      return 'cancelled'
    }
    await query('delete from queue where execution_id = $1', [executionId])
    await query(
      `insert into waits (execution_id, key, org_id, kind, created_at, reason)
       values ($1, $2, $3, 'parked', engine_now(), $4)
       on conflict (execution_id, key) do update set reason = excluded.reason`,
      [executionId, PARKED, run.scope.orgId, reason.slice(0, REASON_LENGTH_MAX)],
    )
    await query(SUSPEND, [executionId, left.variables, left.logCount, left.durationMs])
    return 'suspended'
  })
  engine.notifier.publish(`execution:${executionId}`)
  if (suspension === 'cancelled') engine.notifier.publish('queue')
  return suspension
}

const REASON_LENGTH_MAX = 3000

/**
 * Moves a run that waits to a version of its code. One that was parked continues at once; another one continues when what
 * it waits for has come. The version that it began with is remembered.
 */
export async function moveRun(
  engine: Engine,
  scope: OrgScope,
  executionId: string,
  codeVersion: string,
): Promise<ExecutionStatus> {
  const status = await engine.db.transaction((query) => move(query, scope, executionId, codeVersion))
  if (status === 'PENDING') announceWoken(engine, [executionId])
  else engine.notifier.publish(`execution:${executionId}`)
  return status
}

async function move(
  query: Query,
  scope: OrgScope,
  executionId: string,
  codeVersion: string,
): Promise<ExecutionStatus> {
  const [moved] = await query(
    `update executions set original_version = coalesce(original_version, code_version), code_version = $3
     where id = $1 and org_id = $2 and status = 'SUSPENDED' returning id`,
    [executionId, scope.orgId, codeVersion],
  )
  if (!moved) throw new AppError('conflict', 'The run is no longer waiting. Reload it.')
  const [parked] = await query(
    'delete from waits where execution_id = $1 and key = $2 returning execution_id',
    [executionId, PARKED],
  )
  if (!parked) return 'SUSPENDED'
  await requeue(query, executionId)
  return 'PENDING'
}
