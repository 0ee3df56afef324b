import { limits } from '@bifrost/contract'
import type { Attempt, StopReason } from './attempt.ts'
import type { Pool } from './pool.ts'

/** After so long a child that was told to stop a run and does not answer is looked at. */
const STOP_GRACE_MS = 500
/** So long a stopped run may undo what it did. */
const UNDO_TIME_MS = 5 * 60_000
const LOOK_MS = 250
/** The child keeps the run's time as well, and its timer may be a little early. */
const CLOCKS_DIFFER_MS = 50

export interface StopsDeps {
  pool: Pick<Pool, 'withdraw' | 'retire'>
  /** Records the end of a run that was stopped, when nothing of it acts any more. */
  end(attempt: Attempt): void
}

/**
 * Carries out stops. The end of a stopped run is recorded when nothing of it acts any more: its child has said so, or is
 * gone. A child that does not answer is held by a run that does not yield, and is ended for it.
 */
export class Stops {
  readonly #deps: StopsDeps

  constructor(deps: StopsDeps) {
    this.#deps = deps
  }

  stop(attempt: Attempt, reason: StopReason): void {
    if (attempt.ended || attempt.stopping) return
    attempt.stop(reason)
    const { child, runNumber } = attempt
    if (!child) {
      // Not in a child yet: nothing of it runs, and nothing will when a child is free.
      if (attempt.events) this.#deps.pool.withdraw(attempt.events)
      this.#deps.end(attempt)
      return
    }
    child.cancel(runNumber, reason)
    this.#lookIn(attempt, STOP_GRACE_MS, performance.now())
  }

  /** Another run that does not yield is given a moment; after that its process ends, and with it what holds this one. */
  #lookIn(attempt: Attempt, ms: number, askedMs: number): void {
    if (attempt.timer) clearTimeout(attempt.timer)
    attempt.timer = setTimeout(() => {
      const { child, runNumber } = attempt
      if (attempt.ended || !child || child.ended) return
      const held = child.pulse.busyRun !== null ? child.pulse.busyRun !== runNumber : child.begunRuns > 1
      if (!held || performance.now() - askedMs > limits.blockedMsMax)
        child.kill({ code: 'killed', message: HELD_PROCESS })
      else this.#lookIn(attempt, LOOK_MS, askedMs)
    }, ms)
  }

  /** It gives further time, once, and only to a run that was told to stop or has seen its time pass. */
  beginUndo(attempt: Attempt): void {
    const { timeLeftMs, startedMs } = attempt
    const isOver = timeLeftMs > 0 && performance.now() - startedMs > timeLeftMs - CLOCKS_DIFFER_MS
    if (attempt.mayUndo(isOver)) {
      attempt.undo()
      this.allowUndo(attempt)
    }
  }

  /** The child undoes what the run did; that has a time limit of its own, and must not hold the process. */
  allowUndo(attempt: Attempt, until = performance.now() + UNDO_TIME_MS): void {
    if (attempt.timer) clearTimeout(attempt.timer)
    attempt.timer = setTimeout(() => {
      const { child, runNumber } = attempt
      const busyRun = child?.pulse.busyRun ?? null
      const holds = child?.pulse.isBlocked && (busyRun === null || busyRun === runNumber)
      if (holds) child.kill({ code: 'killed', message: HELD_PROCESS })
      else if (performance.now() < until) this.allowUndo(attempt, until)
      else if (!child || child.ended) this.#deps.end(attempt)
      else {
        attempt.endUndo()
        child.end(runNumber)
        this.#lookIn(attempt, STOP_GRACE_MS, performance.now())
      }
    }, LOOK_MS * 4)
  }
}

const HELD_PROCESS =
  'Another run of the same code held the process without yielding, and the process was ended.'
