import type { Json } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { announceCancel, type CancelledRun } from '../run/cancel.ts'
import { announceWoken } from '../run/wake.ts'
import type { Engine } from '../types.ts'
import { cancelOnEvent } from './cancels.ts'
import { answerEventWaits, eventKeys } from './waits.ts'

export interface AppliedEvent {
  /** How many waits it answered. */
  woken: number
  /** What is left to do after the commit. */
  announce(engine: Engine): Promise<void>
}

/**
 * What an event does to runs that are there: it answers the waits that match it, and cancels the runs whose workflow says
 * so. The caller holds the lock of the event's name (`lockEventName`) and has written the event.
 */
export async function applyEvent(
  query: Query,
  event: { id: string; orgId: string; name: string; payload: Json; payloadText: string },
  /** Runs that it does not cancel. */
  spared: readonly string[],
): Promise<AppliedEvent> {
  const keys = await eventKeys(query, event)
  const woken = await answerEventWaits(query, event, keys.waits)
  const cancelled = await cancelOnEvent(query, event, keys.cancels, spared)
  const wokenIds = [...new Set(woken.map((wait) => wait.executionId))]
  return { woken: woken.length, announce: (engine) => announce(engine, wokenIds, cancelled) }
}

async function announce(
  engine: Engine,
  woken: readonly string[],
  cancelled: readonly CancelledRun[],
): Promise<void> {
  announceWoken(engine, woken)
  await Promise.all(cancelled.map((run) => announceCancel(engine, run)))
}
