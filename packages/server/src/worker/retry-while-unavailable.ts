import { backoffMs } from '@bifrost/contract'
import type { Engine } from '../engine/types.ts'

const PAUSE = { firstMs: 100, maxMs: 3000 }

export interface RetryOptions {
  executionId: string
  /** The worker stops: what cannot be written now is left to the sweep of another. */
  stopping(): boolean
}

/**
 * Writes how a run leaves this worker, and tries again while the database is unavailable: as long as the worker lives, its
 * lease holds the run, and no other worker would take it. Null when the worker stops first.
 */
export async function retryWhileUnavailable<T>(
  engine: Pick<Engine, 'log'>,
  { executionId, stopping }: RetryOptions,
  write: () => Promise<T>,
): Promise<T | null> {
  for (let failures = 1; ; failures++) {
    try {
      return await write()
    } catch (error) {
      if (stopping()) return null
      if (failures === 1)
        engine.log.error({ err: error, execution: executionId }, 'recording how a run left its worker failed')
      await new Promise((resolve) => setTimeout(resolve, backoffMs(failures, PAUSE)).unref())
    }
  }
}
