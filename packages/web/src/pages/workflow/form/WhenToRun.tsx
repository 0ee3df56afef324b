import { limits } from '@bifrost/contract'
import { timeZoneNote } from '../../../format.ts'
import { fromLocalText } from './local-time.ts'

export type When =
  | { kind: 'now' }
  | { kind: 'later'; at: string }
  | { kind: 'delay'; amount: string; unit: keyof typeof unitSeconds }
export const now: When = { kind: 'now' }

const unitSeconds = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 }

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
    if (ahead <= 0) return { ok: false, problem: 'That moment has passed.' }
    if (ahead > limits.delaySecondsMax * 1000) return { ok: false, problem: 'At most a year ahead.' }
    return { ok: true, body: { scheduled_at: at } }
  }
  const seconds = Number(when.amount) * unitSeconds[when.unit]
  if (when.amount.trim() === '' || !Number.isFinite(seconds) || seconds <= 0)
    return { ok: false, problem: 'Say how long to wait.' }
  if (seconds > limits.delaySecondsMax) return { ok: false, problem: 'At most a year ahead.' }
  return { ok: true, body: { delay_seconds: seconds } }
}

/** Now, at a time, or after a delay. */
export function WhenToRun({
  when,
  onChange,
  problem,
}: {
  when: When
  onChange: (when: When) => void
  problem: string | null
}) {
  return (
    <div>
      <div className="flex flex-wrap items-center gap-2">
        <select
          aria-label="When to run"
          className="control w-auto"
          value={when.kind}
          onChange={(event) => {
            const kind = event.target.value
            if (kind === 'later') onChange({ kind, at: '' })
            else if (kind === 'delay') onChange({ kind, amount: '10', unit: 'minutes' })
            else onChange(now)
          }}
        >
          <option value="now">now</option>
          <option value="later">at a time</option>
          <option value="delay">after a delay</option>
        </select>
        {when.kind === 'later' && (
          <input
            type="datetime-local"
            aria-label="Date and time"
            className="control w-auto"
            value={when.at}
            onChange={(event) => onChange({ kind: 'later', at: event.target.value })}
          />
        )}
        {when.kind === 'delay' && (
          <>
            <input
              aria-label="How long"
              inputMode="decimal"
              className="control tabular w-20"
              value={when.amount}
              onChange={(event) => onChange({ ...when, amount: event.target.value })}
            />
            <select
              aria-label="Unit"
              className="control w-auto"
              value={when.unit}
              onChange={(event) =>
                onChange({ ...when, unit: event.target.value as keyof typeof unitSeconds })
              }
            >
              {Object.keys(unitSeconds).map((unit) => (
                <option key={unit}>{unit}</option>
              ))}
            </select>
          </>
        )}
      </div>
      {when.kind === 'later' && <p className="mt-1 text-xs text-faint">{timeZoneNote()}</p>}
      {problem && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {problem}
        </p>
      )}
    </div>
  )
}
