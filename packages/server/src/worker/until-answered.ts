import type { Engine } from '../engine/engine.ts'

const PAUSE_MS_MAX = 3000

export interface UntilAnsweredOptions {
  executionId: string
  /** The worker stops: what cannot be written now is left to the sweep of another. */
  stopping(): boolean
}

/**
 * Writes how a run leaves this worker, and waits for a database that is away: as long as the worker lives its lease
 * holds the run, and nobody else would take it. Null when the worker stops first.
 */
export async function untilAnswered<T>(
  engine: Pick<Engine, 'log'>,
  { executionId, stopping }: UntilAnsweredOptions,
  write: () => Promise<T>,
): Promise<T | null> {
  for (let tries = 0; ; tries++) {
    try {
      return await write()
    } catch (error) {
      if (stopping()) return null
      if (tries === 0)
        engine.log.error({ err: error, execution: executionId }, 'recording how a run left its worker failed')
      await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS_MAX, 100 * 2 ** tries)).unref())
    }
  }
}
