import type { EventDelivery, EventSummary } from '@bifrost/contract'

type Tone = 'plain' | 'accent' | 'warn' | 'bad'

const shown: { count: keyof EventSummary['deliveries']; word: string; tone: Tone }[] = [
  { count: 'failed', word: 'failed', tone: 'bad' },
  { count: 'waiting', word: 'waiting', tone: 'warn' },
  { count: 'started', word: 'started', tone: 'accent' },
  { count: 'woken', word: 'resumed', tone: 'accent' },
  { count: 'cancelled', word: 'cancelled', tone: 'plain' },
  { count: 'declined', word: 'declined', tone: 'plain' },
]

/** What an event did, as counts worth showing; what needs attention comes first. */
export const deliveryCounts = (counts: EventSummary['deliveries']): { text: string; tone: Tone }[] =>
  shown
    .filter(({ count }) => counts[count] > 0)
    .map(({ count, word, tone }) => ({ text: `${counts[count]} ${word}`, tone }))

/** The status of a delivery in a word, with its tone. */
export const deliveryLooks: Record<EventDelivery['status'], { label: string; tone: Tone }> = {
  failed: { label: 'Failed', tone: 'bad' },
  queued: { label: 'Queued', tone: 'warn' },
  mapping: { label: 'Mapping input', tone: 'warn' },
  started: { label: 'Started', tone: 'accent' },
  woken: { label: 'Resumed', tone: 'accent' },
  cancelled: { label: 'Cancelled', tone: 'plain' },
  declined: { label: 'Declined', tone: 'plain' },
}

/** What a payload that was typed is; a sentence when it is not valid JSON. */
export function readPayload(text: string): { ok: true; payload: unknown } | { ok: false; problem: string } {
  if (text.trim() === '') return { ok: true, payload: null }
  try {
    return { ok: true, payload: JSON.parse(text) }
  } catch (error) {
    return { ok: false, problem: `Not valid JSON: ${(error as Error).message}` }
  }
}
