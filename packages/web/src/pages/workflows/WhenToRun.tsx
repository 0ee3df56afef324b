import { timeZoneNote } from '../../format.ts'
import { now, unitSeconds, type When } from './run-plan.ts'

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
