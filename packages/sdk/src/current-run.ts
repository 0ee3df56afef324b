import { AsyncLocalStorage } from 'node:async_hooks'
import type { LogLevel } from '@bifrost/contract'
import type { DurableRun } from './durable.ts'
import { outside } from './outside.ts'
import type { ExecutionContext } from './types.ts'

/** What the SDK needs of the run that calls it. The child runtime makes one per run. */
export interface CurrentRun {
  readonly context: ExecutionContext
  log(level: LogLevel, message: string): void
  /** Asks the server, which checks the run's organization and person. */
  call(method: string, args: Record<string, unknown>): Promise<unknown>
  /** Steps, waits and all that is remembered. */
  readonly durable: DurableRun
}

/** What serves one run after another, such as a connection that is kept open. */
export interface StandIn {
  /** The run that it serves at present. */
  standsFor(): CurrentRun | undefined
}

/** Many runs share a process; whatever is called finds its own run here, with `callerRun`. */
export const currentRun = new AsyncLocalStorage<CurrentRun | StandIn>()

/** The run of the caller; undefined outside of runs. */
export function callerRun(): CurrentRun | undefined {
  const store = currentRun.getStore()
  return store && 'standsFor' in store ? store.standsFor() : store
}

export function requireRun(what: string): CurrentRun {
  const run = callerRun() ?? outside()
  if (!run)
    throw new Error(
      `${what} works inside a run: start the function through Bifrost, or name a server with connect() or BIFROST_URL and BIFROST_API_KEY.`,
    )
  return run
}
