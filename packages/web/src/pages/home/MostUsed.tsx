import type { ExecutionSummary } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { formatCount } from '../../format.ts'
import { Section } from '../../ui/Page.tsx'
import { mostUsed } from './last-day.ts'

const shownMax = 5

/** The workflows that ran most in the last day. */
export function MostUsed({ runs }: { runs: readonly ExecutionSummary[] }) {
  const used = mostUsed(runs, shownMax)
  const most = used[0]?.runs ?? 1
  return (
    <Section title="Most run">
      {used.length === 0 ? (
        <p className="border-t border-line py-3 text-muted">No runs in the last 24 hours.</p>
      ) : (
        <ul className="divide-y divide-line border-t border-line">
          {used.map(({ name, workflowId, runs: count, failed }) => (
            <li key={name} className="flex items-center gap-3 py-2.5">
              <span className="w-2/5 min-w-0 truncate font-medium">
                {workflowId ? (
                  <Link to="/workflows/$name" params={{ name }} className="hover:text-accent">
                    {name}
                  </Link>
                ) : (
                  name
                )}
              </span>
              <span aria-hidden className="flex h-1.5 flex-1 overflow-hidden rounded-full bg-hover">
                <span className="bg-accent" style={{ width: `${((count - failed) / most) * 100}%` }} />
                <span className="bg-bad" style={{ width: `${(failed / most) * 100}%` }} />
              </span>
              <span className="tabular w-24 text-right text-sm whitespace-nowrap text-muted">
                {formatCount(count, 'run')}
                {failed > 0 && <span className="block text-xs text-bad">{failed} failed</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
