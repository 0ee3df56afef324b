import { type Execution, isTerminal, type Step } from '@bifrost/contract'
import { formatClock, formatDuration } from '../../../format.ts'
import { useNow } from '../../../ui/TimeAgo.tsx'
import { timeInSteps } from './step-timeline.ts'
import { timeSpent } from './time-spent.ts'

const HOUR = 3_600_000

/** Where the time went, as one bar: waiting for a worker, loading, running the function, waiting in its steps. */
export function DurationBar({ execution, steps }: { execution: Execution; steps: readonly Step[] }) {
  const { status } = execution
  const suspended = status === 'SUSPENDED'
  const live = !isTerminal(status)
  const now = useNow(!live || status === 'SCHEDULED' ? null : suspended ? 1_000 : 250)
  if (status === 'SCHEDULED') return null
  const { queuedMs, loadedMs, ranMs, waitedMs } =
    steps.length > 0
      ? { loadedMs: null, ...timeInSteps(execution, steps, now) }
      : { waitedMs: 0, ...timeSpent(execution, now) }
  const running = live && !suspended && ranMs !== null
  const parts = [
    { name: 'Queued', ms: queuedMs, color: 'bg-idle/45', goesOn: live && ranMs === null },
    { name: 'Startup', ms: loadedMs, color: 'bg-warn/60', goesOn: false },
    {
      name: running ? 'Running' : 'Ran',
      ms: ranMs,
      color: running ? 'bg-live animate-shimmer' : 'bg-accent',
      goesOn: running,
    },
    {
      name: suspended ? 'Waiting' : 'Waited',
      ms: suspended || waitedMs > 0 ? waitedMs : null,
      color: 'striped text-live/70',
      goesOn: suspended,
    },
  ].filter((part): part is typeof part & { ms: number } => part.ms !== null)
  return (
    <div className="mt-4 max-w-3xl">
      <div aria-hidden className="flex h-1.5 gap-0.5 overflow-hidden rounded-full bg-hover">
        {parts.map(({ name, ms, color }) => (
          <div key={name} className={`min-w-[3px] ${color}`} style={{ flexGrow: Math.max(ms, 0.001) }} />
        ))}
      </div>
      <div className="tabular mt-1.5 flex flex-wrap gap-x-5 text-sm text-muted">
        {parts.map(({ name, ms, color, goesOn }) => (
          <span key={name} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={`size-2 rounded-[2px] ${color}`} />
            {name}
            <span className="font-medium text-ink">
              {goesOn && ms < HOUR ? formatClock(ms) : formatDuration(ms)}
            </span>
          </span>
        ))}
      </div>
    </div>
  )
}
