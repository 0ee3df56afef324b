import { limits } from '@bifrost/contract'
import { fromLocalText } from '../../parameter-form/local-time.ts'

export type When =
  | { kind: 'now' }
  | { kind: 'later'; at: string }
  | { kind: 'delay'; amount: string; unit: keyof typeof unitSeconds }
export const now: When = { kind: 'now' }

export const unitSeconds = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 }

type Plan =
  | { ok: true; body: { scheduled_at?: string; delay_seconds?: number } }
  | { ok: false; problem: string }

/** What the choice says to the API, or what is wrong with it. */
export function planOf(when: When, nowMs: number): Plan {
  if (when.kind === 'now') return { ok: true, body: {} }
  if (when.kind === 'later') {
    const at = fromLocalText(when.at)
    if (at === null) return { ok: false, problem: 'Choose a date and a time.' }
    const ahead = Date.parse(at) - nowMs
    if (ahead <= 0) return { ok: false, problem: 'That time has passed.' }
    if (ahead > limits.delaySecondsMax * 1000) return { ok: false, problem: 'At most a year ahead.' }
    return { ok: true, body: { scheduled_at: at } }
  }
  const seconds = Number(when.amount) * unitSeconds[when.unit]
  if (when.amount.trim() === '' || !Number.isFinite(seconds) || seconds <= 0)
    return { ok: false, problem: 'Enter how long to wait.' }
  if (seconds > limits.delaySecondsMax) return { ok: false, problem: 'At most a year ahead.' }
  return { ok: true, body: { delay_seconds: seconds } }
}
