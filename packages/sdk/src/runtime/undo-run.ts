import type { LogLevel } from '@bifrost/contract'
import type { CurrentRun } from '../current-run.ts'
import type { DurableRun } from '../durable.ts'
import type { ExecutionContext } from '../types.ts'
import { Actor } from './actor.ts'
import type { VariableCapture } from './capture.ts'

/** What the undoing of a run needs of it. */
export interface UndoneRun {
  readonly number: number
  readonly context: ExecutionContext
  readonly durable: DurableRun
  readonly capture: VariableCapture
  log(level: LogLevel, message: string): void
  console(level: LogLevel, values: unknown[]): void
  /** Asks the server on behalf of the run. */
  ask(method: string, args: Record<string, unknown>): Promise<unknown>
}

/**
 * The undoing of a run's steps. It acts for the run, and yet apart from it: the run's own code has come to its end, its
 * signal may be aborted and whatever it still does is refused, while this has a signal and an end of its own.
 */
export class UndoRun implements CurrentRun {
  readonly of: UndoneRun
  readonly number: number
  readonly capture: VariableCapture
  readonly durable: DurableRun
  readonly actor: Actor
  readonly deadlineMs = Number.POSITIVE_INFINITY

  constructor(of: UndoneRun) {
    this.of = of
    this.number = of.number
    this.capture = of.capture
    this.durable = of.durable
    this.actor = new Actor(this)
  }

  /** The run's own; its `signal` is that of its caller. */
  get context(): ExecutionContext {
    return this.of.context
  }

  get mustStop(): boolean {
    return this.actor.ended
  }

  /** What an undo function throws from the side is no end of the run: it has one. */
  get isStopped(): boolean {
    return true
  }

  log(level: LogLevel, message: string): void {
    if (!this.actor.ended) this.of.log(level, message)
  }

  console(level: LogLevel, values: unknown[]): void {
    if (!this.actor.ended) this.of.console(level, values)
  }

  call(method: string, args: Record<string, unknown>): Promise<unknown> {
    return this.actor.ended ? this.actor.refuse() : this.of.ask(method, args)
  }

  cancel(): void {}
  fail(): void {}
}
