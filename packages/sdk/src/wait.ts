import { requireDurable } from './durable.ts'
import { type Duration, momentMs } from './durations.ts'

/**
 * Waits, at no cost: the run leaves its worker and comes back when the time has come, after restarts and deploys, too.
 * @example await sleep('3 days')
 */
export async function sleep(duration: Duration): Promise<void> {
  await sleepAt('sleep', () => momentMs(duration, 'The time to sleep'))
}

/**
 * Waits until a moment; returns at once when it has passed.
 * @example await sleepUntil(new Date('2026-12-24T18:00:00Z'))
 */
export async function sleepUntil(moment: Date): Promise<void> {
  await sleepAt('sleep', () => momentMs(moment, 'The moment to sleep until'))
}

/** @internal A pause under a name of its own. */
export async function sleepAt(name: string, dueAt: () => number): Promise<void> {
  const run = requireDurable(`${name}()`)
  const { place, known } = run.next('sleep', name)
  if (known?.status === 'completed') return run.replay(known)
  await run.wait(place, { kind: 'timer', dueAt: dueAt() }, [])
}
