import { endRun, retryRun } from '../engine/run/record.ts'
import { forgetWaits } from '../engine/run/wait.ts'
import type { AttemptEnd, ClaimedRun, Engine } from '../engine/types.ts'
import { isDataError } from '../platform/database.ts'
import { type RetryOptions, retryWhileUnavailable } from './retry-while-unavailable.ts'

export interface EndOptions extends Omit<RetryOptions, 'executionId'> {
  workerId: string
  /** Another attempt should follow. */
  retry: boolean
  /** It has, or had, waits: what is left of them is forgotten. */
  mayWait: boolean
}

/**
 * Writes how an attempt ended; answers the end as it was stored, or null when another attempt follows or the claim no
 * longer owns the run. An end that the database refuses for its content is replaced by one that says so.
 */
export async function recordEnd(
  engine: Engine,
  run: ClaimedRun,
  end: AttemptEnd,
  { workerId, retry, mayWait, stopping }: EndOptions,
): Promise<AttemptEnd | null> {
  let stored = end
  const write = async (wanted: AttemptEnd): Promise<boolean> => {
    stored = wanted
    if (retry) {
      if (await retryRun(engine, workerId, run, wanted)) return false
      // A caller asked to cancel in between; otherwise it is not ours any more, and this changes nothing.
      stored = cancelled(wanted)
    }
    const owned = await endRun(engine, workerId, stored)
    // When another claim continues the run, the waits belong to that claim.
    if (owned && mayWait) await forgetWaits(engine, run.executionId)
    // A parent that waits for it, or children that no run waits for any more.
    if (owned && (run.hasParent || (run.durable && isCutOff(stored.status))))
      engine.notifier.publish('run_ends')
    return owned
  }
  const owned = await retryWhileUnavailable(engine, { executionId: run.executionId, stopping }, () =>
    write(end).catch((error: unknown) => {
      if (isDataError(error)) return write(unstorable(end))
      throw error
    }),
  )
  return owned === false ? null : stored
}

const isCutOff = (status: AttemptEnd['status']) => status !== 'SUCCESS' && status !== 'COMPLETED_WITH_ERRORS'

const cancelled = (end: AttemptEnd): AttemptEnd => ({
  ...end,
  status: 'CANCELLED',
  error: {
    code: 'cancelled',
    type: 'CancelledError',
    message: 'The run was cancelled.',
    stack: '',
    forUser: true,
  },
})

/** A child that speaks for itself can send anything as result or variables. */
const unstorable = (end: AttemptEnd): AttemptEnd => ({
  ...end,
  status: 'FAILED',
  error: {
    code: 'protocol',
    type: 'ResultError',
    message: 'The result of the run could not be stored.',
    stack: '',
    forUser: false,
  },
  result: null,
  resultKind: null,
  variables: '{}',
  cpuMs: 0,
  rssBytes: 0,
  timeSaved: 0,
  value: 0,
})
