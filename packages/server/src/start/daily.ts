import { forgetOld } from '../engine/engine.ts'
import type { FeatureParts } from '../features/feature.ts'
import type { Platform } from './platform.ts'

const DAILY_MS = 24 * 60 * 60 * 1000

/** Deletes once a day what is old; the returned function ends that. */
export function startDailyCleanup(
  { engine, files, log, roles, unvetted }: Platform,
  features: readonly FeatureParts[],
): () => void {
  const daily = setInterval(() => {
    // By a process that certainly has the files.
    if (files)
      unvetted
        .prune()
        .catch((error: unknown) => log.error({ err: error }, 'the daily clean-up of files failed'))
    if (!roles.includes('scheduler')) return
    void Promise.all([forgetOld(engine), ...features.map(({ cleanup }) => cleanup?.())]).catch(
      (error: unknown) => log.error({ err: error }, 'the daily clean-up failed'),
    )
  }, DAILY_MS)
  return () => clearInterval(daily)
}
