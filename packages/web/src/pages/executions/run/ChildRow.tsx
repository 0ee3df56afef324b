import type { ExecutionSummary } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { formatDuration } from '../../../format.ts'
import { TimeAgo } from '../../../ui/TimeAgo.tsx'
import { StatusBadge } from '../StatusBadge.tsx'

/** One of the runs that a run started; what went wrong has the most room. */
export function ChildRow({ run, named }: { run: ExecutionSummary; named: boolean }) {
  const { id, status, error, workflow_name, created_at, duration_ms } = run
  return (
    <li className="group relative flex flex-wrap items-baseline gap-x-3 py-2 hover:bg-sunken">
      <Link
        to="/history/$id"
        params={{ id }}
        className="w-32 shrink-0 rounded-sm after:absolute after:inset-0"
      >
        <StatusBadge status={status} />
      </Link>
      <span className="min-w-0 flex-1 text-sm text-muted [overflow-wrap:anywhere]">
        {named && <span className="font-medium text-ink">{workflow_name} </span>}
        {error && status !== 'CANCELLED' ? (
          error.message
        ) : (
          <span className="font-mono text-xs text-faint">{id.slice(-12)}</span>
        )}
      </span>
      <span className="tabular ml-auto text-sm whitespace-nowrap text-faint">
        {duration_ms === null ? <TimeAgo at={created_at} /> : formatDuration(duration_ms)}
      </span>
    </li>
  )
}
