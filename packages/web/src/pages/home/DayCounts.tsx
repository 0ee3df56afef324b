import type { ExecutionSummary } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { formatNumber } from '../../format.ts'
import { Section } from '../../ui/Page.tsx'
import { writeStatuses } from '../executions/list/history-search.ts'
import { countStatuses } from './last-day.ts'

const tones = { live: 'text-live', ok: 'text-ok', bad: 'text-bad', idle: 'text-ink' }

/** How the runs of the last day stand; each number leads to them. */
export function DayCounts({ runs, complete }: { runs: readonly ExecutionSummary[]; complete: boolean }) {
  const counts = countStatuses(runs)
  return (
    <Section
      title="Last 24 hours"
      aside={
        !complete && (
          <span className="text-xs text-faint">of the newest {formatNumber(runs.length)} runs</span>
        )
      }
    >
      <ul className="grid grid-cols-2 overflow-hidden rounded-lg border border-line sm:grid-cols-5">
        {counts.map(({ name, count, tone, statuses }) => (
          <li key={name} className="-mr-px -mb-px border-r border-b border-line">
            <Link
              to="/history"
              search={{ status: writeStatuses(statuses) }}
              className="block px-4 py-3 transition-colors hover:bg-sunken focus-visible:outline-offset-[-3px]"
            >
              <span className="text-sm text-muted">{name}</span>
              <span
                className={`tabular block text-2xl font-semibold tracking-[-0.02em] ${count === 0 ? 'text-faint' : tones[tone]}`}
              >
                {formatNumber(count)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}
