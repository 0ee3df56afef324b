import { AsyncLocalStorage } from 'node:async_hooks'
import type { LogLevel } from '@bifrost/contract'
import type { DurableRun } from './durable.ts'
import { outside } from './outside.ts'
import type { ExecutionContext } from './types.ts'

/** What the SDK needs of the run that calls it. The child runtime makes one per run. */
export interface CurrentRun {
  readonly context: ExecutionContext
  log(level: LogLevel, message: string): void
  /** Asks the server, which checks the run's organisation and person. */
  call(method: string, args: Record<string, unknown>): Promise<unknown>
  /** Steps, waits and all that is remembered. */
  readonly durable: DurableRun
}

/** Many runs share a process; whatever is called finds its own run here. */
export const currentRun = new AsyncLocalStorage<CurrentRun>()

export function requireRun(what: string): CurrentRun {
  const run = currentRun.getStore() ?? outside()
  if (!run)
    throw new Error(
      `${what} works inside a run: start the function through Bifrost, or name a server with connect() or BIFROST_URL and BIFROST_API_KEY.`,
    )
  return run
}
