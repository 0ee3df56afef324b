import { AppError, type ExecutionStatus, isTerminal, type Json, limits } from '@bifrost/contract'
import { type Engine, withdrawUnstarted } from '../../engine/engine.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { findOutcome } from './queries.ts'
import { errorOf } from './rows.ts'

export interface Outcome {
  status: ExecutionStatus
  result: Json
  error: { type: string; message: string } | null
  durationMs: number | null
}

/** A client that waits is there as long as its answer can still be sent. */
export interface Waiting {
  readonly destroyed: boolean
  once(event: 'close', listener: () => void): unknown
}

/** A notification may be lost; who waits looks by itself this often. */
const LOOK_MS = 1000

/** When it is worth trying again, after a run that found no room. */
const RETRY_SECONDS = 5
const NO_ROOM =
  'There is no capacity for the run: your organization is using all the runs or processes that it may have at once. The run was not started.'

/**
 * Waits for the end of a run that the caller has started. One that finds no room for long is withdrawn, and the caller is refused.
 */
export async function waitForEnd(
  engine: Engine,
  scope: OrgScope,
  id: string,
  waiting: Waiting,
): Promise<Outcome> {
  let isWithdrawn = false
  const withdraw = setInterval(() => {
    withdrawUnstarted(engine, id, NO_ROOM).then(
      (withdrawn) => {
        isWithdrawn ||= withdrawn
      },
      (error: unknown) => engine.log.warn({ err: error, execution: id }, 'a run could not be withdrawn'),
    )
  }, limits.executeStartWaitMs)
  try {
    const outcome = await outcomeOf(engine, scope, id, waiting)
    if (isWithdrawn && outcome.status === 'CANCELLED')
      throw new AppError('quota_exceeded', `${NO_ROOM} Try again in ${RETRY_SECONDS} s.`, {
        retry_after_seconds: RETRY_SECONDS,
      })
    return outcome
  } finally {
    clearInterval(withdraw)
  }
}

/**
 * One that this process runs tells its end directly; any other is looked up when it is said to have changed, until no one
 * waits for the answer any more: a run may sleep for days.
 */
async function outcomeOf(engine: Engine, scope: OrgScope, id: string, waiting: Waiting): Promise<Outcome> {
  const end = await engine.localWorker?.outcome(id)
  if (end)
    return {
      status: end.status,
      result: end.result === null ? null : (JSON.parse(end.result) as Json),
      error: end.error
        ? errorOf(scope, {
            error_type: end.error.type,
            error_message: end.error.message,
            error_for_user: end.error.forUser,
          })
        : null,
      durationMs: end.durationMs,
    }
  let changed = changeOf(engine, id)
  waiting.once('close', () => changed.dismiss())
  for (;;) {
    const row = await findOutcome(scope, engine.db, id)
    if (!row) throw new Error(`the run ${id} is gone`)
    if (isTerminal(row.status) || waiting.destroyed) {
      changed.dismiss()
      return {
        status: row.status,
        result: row.result,
        error: errorOf(scope, row),
        durationMs: row.duration_ms,
      }
    }
    await changed.promise
    changed = changeOf(engine, id)
  }
}

function changeOf(engine: Engine, id: string): { promise: Promise<void>; dismiss(): void } {
  let dismiss = () => {}
  const promise = new Promise<void>((resolve) => {
    const timer = setTimeout(() => dismiss(), LOOK_MS)
    const unsubscribe = engine.notifier.subscribe(`execution:${id}`, () => dismiss())
    dismiss = () => {
      clearTimeout(timer)
      unsubscribe()
      resolve()
    }
  })
  return { promise, dismiss: () => dismiss() }
}
