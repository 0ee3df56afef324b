import type { Execution } from '@bifrost/contract'
import { useQuery } from '@tanstack/react-query'
import { Inbox } from 'lucide-react'
import { useMay, useMe } from '../../../app/session.ts'
import { ButtonLink } from '../../../ui/Button.tsx'
import { taskQueries } from '../../tasks/queries.ts'
import { assigneeText } from '../../tasks/task-words.ts'

/** What the run waits for people to do, with the way there. */
export function OpenTasks({ execution }: { execution: Execution }) {
  const may = useMay()
  const me = useMe()
  const waits = execution.waiting_for?.kind === 'task'
  const tasks = useQuery({
    ...taskQueries.openOf(execution.id),
    enabled: waits && may('task:read'),
    refetchInterval: 5_000,
  })
  if (!waits || !tasks.data) return null
  return tasks.data.map((task) => (
    <div key={task.id} className="mb-4 flex flex-wrap items-center gap-3 rounded-md bg-accent-soft px-4 py-3">
      <Inbox size={17} aria-hidden className="text-accent" />
      <div className="min-w-0 flex-1">
        <p className="font-medium [overflow-wrap:anywhere]">{task.title}</p>
        <p className="text-sm text-muted">{assigneeText(task, me.id)}</p>
      </div>
      <ButtonLink to="/tasks/$id" params={{ id: task.id }} look="primary" size="sm">
        {task.actions.includes('complete') ? 'Answer' : 'Open'}
      </ButtonLink>
    </div>
  ))
}
