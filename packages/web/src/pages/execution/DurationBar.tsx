import { type Execution, isTerminal } from '@bifrost/contract'
import { useNow } from '../../components/TimeAgo.tsx'
import { formatClock, formatDuration } from '../../format.ts'
import { timeSpent } from './time-spent.ts'

/** Where the time went, as one bar: waiting for a worker, loading, running the function. */
export function DurationBar({ execution }: { execution: Execution }) {
  const live = !isTerminal(execution.status) && execution.status !== 'SUSPENDED'
  const now = useNow(live && execution.status !== 'SCHEDULED' ? 250 : null)
  if (execution.status === 'SCHEDULED') return null
  const { queuedMs, loadedMs, ranMs } = timeSpent(execution, now)
  const parts = [
    { name: 'Queued', ms: queuedMs, colour: 'bg-idle/45' },
    { name: 'Loaded', ms: loadedMs, colour: 'bg-warn/60' },
    {
      name: live && ranMs !== null ? 'Running' : 'Ran',
      ms: ranMs,
      colour: live ? 'bg-live animate-shimmer' : 'bg-accent',
    },
  ].filter((part): part is typeof part & { ms: number } => part.ms !== null)
  return (
    <div className="mt-4 max-w-3xl">
      <div aria-hidden className="flex h-1.5 gap-0.5 overflow-hidden rounded-full bg-hover">
        {parts.map(({ name, ms, colour }) => (
          <div key={name} className={`min-w-[3px] ${colour}`} style={{ flexGrow: Math.max(ms, 0.001) }} />
        ))}
      </div>
      <div className="tabular mt-1.5 flex flex-wrap gap-x-5 text-sm text-muted">
        {parts.map(({ name, ms, colour }) => (
          <span key={name} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={`size-2 rounded-[2px] ${colour}`} />
            {name}
            <span className="font-medium text-ink">
              {live && name === parts.at(-1)?.name ? formatClock(ms) : formatDuration(ms)}
            </span>
          </span>
        ))}
      </div>
    </div>
  )
}
