import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { taskQueries } from '../../pages/tasks/queries.ts'

/** How many tasks wait for the signed-in person; in another color when one is overdue. Nothing while there is none. */
export function TaskBadge() {
  const { data } = useQuery(taskQueries.counts())
  const count = data ? data.mine + data.unclaimed : 0
  if (!data || count === 0) return null
  return (
    <span
      className={clsx(
        'tabular ml-auto rounded-full px-1.5 text-2xs font-semibold leading-4',
        data.overdue > 0 ? 'bg-bad-soft text-bad' : 'bg-accent-soft text-accent',
      )}
    >
      {count > 99 ? '99+' : count}
      <span className="sr-only">
        {' '}
        {count === 1 ? 'task waiting' : 'tasks waiting'}
        {data.overdue > 0 && `, ${data.overdue} overdue`}
      </span>
    </span>
  )
}
