import type { ExecutionSummary } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import { Section } from '../../ui/Page.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { StatusDot } from '../executions/StatusBadge.tsx'
import { failuresOf } from './last-day.ts'

const shownMax = 5

/** Recent failures in the last day, once per workflow. */
export function Failures({ runs }: { runs: readonly ExecutionSummary[] }) {
  const failures = failuresOf(runs, shownMax)
  return (
    <Section title="Recent failures">
      {failures.length === 0 ? (
        <p className="flex items-center gap-2 border-t border-line py-3 text-muted">
          <CircleCheck size={16} aria-hidden className="text-ok" /> Nothing in the last 24 hours.
        </p>
      ) : (
        <ul className="divide-y divide-line border-t border-line">
          {failures.map(({ name, newest, count }) => (
            <li key={name} className="group relative py-2.5">
              <div className="flex items-center gap-2">
                <StatusDot status={newest.status} />
                <Link
                  to="/history/$id"
                  params={{ id: newest.id }}
                  className="truncate font-medium after:absolute after:inset-0 group-hover:text-accent"
                >
                  {name}
                </Link>
                {count > 1 && <span className="tabular text-xs text-faint">{count} times</span>}
                <TimeAgo at={newest.created_at} className="ml-auto text-xs whitespace-nowrap text-faint" />
              </div>
              {newest.error && (
                <p className="mt-0.5 line-clamp-1 pl-[15px] text-sm text-muted">{newest.error.message}</p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
