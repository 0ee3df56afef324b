import { formatExact } from '../../format.ts'
import { Countdown } from '../../ui/Countdown.tsx'
import { formatInZone } from './schedule-words.ts'

/** The next times on the clocks of the schedule; the reader's own time on hover. */
export function NextTimes({ next, timezone }: { next: readonly string[]; timezone: string }) {
  if (next.length === 0) return <p className="text-sm text-muted">Never runs.</p>
  return (
    <ol className="grid gap-1 text-sm">
      {next.map((at, place) => (
        <li key={at} className="flex flex-wrap gap-x-3">
          <time dateTime={at} title={formatExact(at)} className="tabular">
            {formatInZone(at, timezone)}
          </time>
          {place === 0 && (
            <span className="text-faint">
              <Countdown to={at} />
            </span>
          )}
        </li>
      ))}
    </ol>
  )
}
