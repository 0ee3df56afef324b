import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptEnd, ClaimedRun, Engine } from '../engine/engine.ts'
import { endRun, retryRun } from '../engine/record.ts'
import { forgetWaits } from '../engine/wait.ts'
import { isDataError } from '../platform/database.ts'

const WAIT_MS_MAX = 3000

export interface EndOptions {
  workerId: string
  /** Another attempt shall follow. */
  retry: boolean
  /** The worker stops: what cannot be written now is left to the sweep of another. */
  stopping(): boolean
}

/**
 * Writes how an attempt ended; answers the end as it was stored, or null when another attempt follows. An end that the
 * database refuses for its content is replaced by one that says so, and a database that is away is waited for: this
 * worker's lease would hold the run for ever.
 */
export async function recordEnd(
  engine: Engine,
  run: ClaimedRun,
  end: AttemptEnd,
  { workerId, retry, stopping }: EndOptions,
): Promise<AttemptEnd | null> {
  let wanted = end
  for (let tries = 0; ; tries++) {
    try {
      if (retry) {
        if (await retryRun(engine, workerId, run, wanted)) return null
        // Somebody asked to cancel in between; otherwise it is not ours any more, and this changes nothing.
        wanted = cancelled(wanted)
      }
      await endRun(engine, workerId, wanted)
      if (run.durable) await forgetWaits(engine, run.executionId)
      return wanted
    } catch (error) {
      if (isDataError(error) && wanted === end) wanted = unstorable(end)
      else if (stopping()) return wanted
      else {
        if (tries === 0)
          engine.log.error({ err: error, execution: run.executionId }, 'recording the end of a run failed')
        await sleep(Math.min(WAIT_MS_MAX, 100 * 2 ** tries), null, { ref: false })
      }
    }
  }
}

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
    message: 'What the run gave back could not be stored.',
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
