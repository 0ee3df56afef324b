import type { TaskSummary } from '@bifrost/contract'
import { AlarmClock } from 'lucide-react'
import { formatExact } from '../../format.ts'
import { Tag } from '../../ui/Tag.tsx'
import { TimeAgo, useNow } from '../../ui/TimeAgo.tsx'

const SOON_MS = 24 * 3_600_000

/** When a task is due, and whether that has passed; of one that is over, when it was closed. */
export function DueTag({ task }: { task: Pick<TaskSummary, 'due_at' | 'closed_at'> }) {
  const now = useNow(30_000)
  if (task.closed_at)
    return (
      <span className="text-muted">
        <TimeAgo at={task.closed_at} />
      </span>
    )
  if (!task.due_at) return <span className="text-faint">–</span>
  const left = Date.parse(task.due_at) - now
  if (left > SOON_MS) return <TimeAgo at={task.due_at} className="text-muted" />
  return (
    <Tag
      icon={AlarmClock}
      tone={left < 0 ? 'bad' : 'warn'}
      title={`${left < 0 ? 'Was due' : 'Due'} ${formatExact(task.due_at)}`}
    >
      {left < 0 ? 'Overdue, ' : ''}
      <TimeAgo at={task.due_at} />
    </Tag>
  )
}
