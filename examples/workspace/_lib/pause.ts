import { setTimeout as wait } from 'node:timers/promises'
import { context } from 'bifrost'

/** Waits, and stops waiting when the run is cancelled or its time is up. */
export const pause = (seconds: number): Promise<void> =>
  wait(seconds * 1000, undefined, { signal: context.signal })
