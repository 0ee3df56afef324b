import { CoalescedWork } from '../../platform/coalesced-work.ts'
import type { Log } from '../../platform/log.ts'
import type { Notifier } from '../../platform/notify.ts'
import type { PackageStates } from '../../workspace/package-states.ts'
import type { Environments } from './environments.ts'

interface Followed {
  environments: Environments
  packages: PackageStates
  notifier: Notifier
  log: Log
}

const DAILY_MS = 24 * 60 * 60_000

/**
 * Installs what the files of owners ask for as soon as they do, so that runs find it there. The returned function ends
 * that.
 */
export function followPackages({ environments, packages, notifier, log }: Followed): () => Promise<void> {
  const work = new CoalescedWork(async () => {
    const began = performance.now()
    const wanted = await packages.current().catch((error: unknown) => {
      log.warn({ err: error }, 'the wanted packages could not be read')
      return []
    })
    for (const one of wanted) {
      // It failed, and is tried again when a person or a run asks for it.
      if (one.status === 'failed' || (one.status === 'ready' && environments.isReady(one))) continue
      // What comes of it is recorded; the others are installed meanwhile.
      environments
        .prepare(one)
        .catch((error: unknown) => log.warn({ err: error }, 'the state of packages was not stored'))
    }
    return performance.now() - began
  })
  const look = () => void work.run()
  const unsubscribe = notifier.subscribe('packages', look)
  const daily = setInterval(() => {
    packages
      .current()
      .then((current) => environments.prune(current))
      .then(() => packages.prune())
      .catch((error: unknown) => log.error({ err: error }, 'the daily clean-up of packages failed'))
  }, DAILY_MS)
  look()
  return async () => {
    unsubscribe()
    clearInterval(daily)
    await work.stop()
  }
}
