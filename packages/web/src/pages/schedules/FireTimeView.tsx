import type { ScheduleFireTime } from '@bifrost/contract'
import { Link } from '@tanstack/react-router'
import { StatusBadge } from '../executions/StatusBadge.tsx'
import { fireTimeWord } from './schedule-words.ts'

/** What became of a fire time: its run, or why there is none. */
export function FireTimeView({ fireTime, brief = false }: { fireTime: ScheduleFireTime; brief?: boolean }) {
  if (fireTime.execution)
    return (
      <Link
        to="/history/$id"
        params={{ id: fireTime.execution.id }}
        className="rounded-sm hover:underline"
        aria-label={`Open the run of ${fireTime.fire_time}`}
      >
        <StatusBadge status={fireTime.execution.status} />
      </Link>
    )
  return (
    <span className="min-w-0 text-sm">
      <span
        className={fireTime.status === 'skipped' ? 'font-medium text-warn' : 'font-medium text-muted'}
        title={fireTime.reason ?? undefined}
      >
        {fireTimeWord(fireTime)}
      </span>
      {fireTime.reason && !brief && <span className="text-muted"> {fireTime.reason}</span>}
    </span>
  )
}
