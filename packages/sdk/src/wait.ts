import type { JournalEntry, Json } from '@bifrost/contract'
import { type Duration, momentMs } from './durations.ts'
import { requireDurable } from './step.ts'

/**
 * Waits, at no cost: the run leaves its worker and comes back when the time has come, after restarts and deploys, too.
 * @example await sleep('3 days')
 */
export async function sleep(duration: Duration): Promise<void> {
  await sleepAt('sleep', () => momentMs(duration, 'The time to sleep'))
}

/**
 * Waits until a moment; one that has passed is not waited for.
 * @example await sleepUntil(new Date('2026-12-24T18:00:00Z'))
 */
export async function sleepUntil(moment: Date): Promise<void> {
  await sleepAt('sleep', () => momentMs(moment, 'The moment to sleep until'))
}

async function sleepAt(name: string, dueAt: () => number): Promise<void> {
  const run = requireDurable(`${name}()`)
  const { place, known } = run.next('sleep', name)
  if (known?.status === 'completed') return run.replay(known)
  await run.wait(place, { kind: 'timer', dueAt: dueAt() }, [])
}

/** What an event must look like to end a wait. */
export interface WaitForEventOptions {
  /** Members that the payload must have with just these values. */
  match?: Record<string, string | number | boolean | null>
  /** How long to wait; for ever when absent. */
  timeout?: Duration | Date
}

/**
 * Waits for an event and gives its payload, or undefined when the timeout comes first. An event that came after the run
 * started and before it waits here counts, too.
 * @example const paid = await waitForEvent<{ amount: number }>('order.paid', { match: { orderId }, timeout: '2 days' })
 */
export async function waitForEvent<T = Json>(
  name: string,
  options: WaitForEventOptions = {},
): Promise<T | undefined> {
  const run = requireDurable(`waitForEvent("${name}")`)
  const { place, known } = run.next('event', name)
  if (known?.status === 'completed') {
    await run.replay(known)
    return eventOf<T>(known)
  }
  const dueAt = options.timeout === undefined ? null : momentMs(options.timeout, 'The timeout')
  return eventOf<T>(await run.wait(place, { kind: 'event', name, match: options.match ?? {}, dueAt }, []))
}

// No output is the timeout; every JSON value, null too, is a payload.
const eventOf = <T>(entry: JournalEntry): T | undefined =>
  entry.output === null ? undefined : (JSON.parse(entry.output) as T)
