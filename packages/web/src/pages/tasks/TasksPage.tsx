import type { TaskSummary } from '@bifrost/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Inbox } from 'lucide-react'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Page } from '../../components/Page.tsx'
import { SegmentedControl } from '../../components/SegmentedControl.tsx'
import { EmptyState, ErrorState, InlineProblem, SkeletonRows } from '../../components/states.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { explain } from '../../errors.ts'
import { DueTag } from './DueTag.tsx'
import { taskQueries } from './queries.ts'
import { type TaskView, taskViews } from './task-views.ts'
import { assigneeText } from './task-words.ts'

const route = getRouteApi('/shell/tasks')

/** What waits for people: mine, what I could take, all of it, and what is done. */
export function TasksPage() {
  const { view = 'mine' } = route.useSearch()
  const navigate = useNavigate()
  const counts = useQuery(taskQueries.counts())
  const tasks = useInfiniteQuery({ ...taskQueries.list(taskViews[view].filter), refetchInterval: 5_000 })
  const items = tasks.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page title="Tasks" lead="Work waiting for people.">
      <div className="mb-4">
        <SegmentedControl<TaskView>
          label="Which tasks"
          value={view}
          onChange={(next) => void navigate({ to: '/tasks', search: { view: next }, replace: true })}
          options={[
            { value: 'mine', label: 'Mine', ...(counts.data ? { count: counts.data.mine } : {}) },
            {
              value: 'unclaimed',
              label: 'Unclaimed',
              ...(counts.data ? { count: counts.data.unclaimed } : {}),
            },
            { value: 'all', label: 'All' },
            { value: 'closed', label: 'Closed' },
          ]}
        />
      </div>
      {tasks.isPending ? (
        <SkeletonRows rows={6} />
      ) : tasks.isError && items.length === 0 ? (
        <ErrorState error={tasks.error} onRetry={() => void tasks.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState icon={Inbox} title={taskViews[view].empty}>
          {taskViews[view].hint}
        </EmptyState>
      ) : (
        <>
          {tasks.isError && <InlineProblem tone="warn">{explain(tasks.error).message}</InlineProblem>}
          <TaskTable tasks={items} />
          {tasks.hasNextPage && (
            <div className="py-6 text-center">
              <Button busy={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
                Load more
              </Button>
            </div>
          )}
        </>
      )}
    </Page>
  )
}

function TaskTable({ tasks }: { tasks: readonly TaskSummary[] }) {
  const me = useMe()
  return (
    <table className="w-full table-fixed text-left max-sm:block">
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-xs text-faint">
          <th scope="col" className="py-2 pr-3 font-medium">
            Task
          </th>
          <th scope="col" className="w-[26%] py-2 pr-3 font-medium">
            For
          </th>
          <th scope="col" className="w-36 py-2 pr-3 font-medium">
            Due
          </th>
          <th scope="col" className="w-28 py-2 font-medium">
            Since
          </th>
        </tr>
      </thead>
      <tbody className="max-sm:block">
        {tasks.map((task) => (
          <tr
            key={task.id}
            className="border-b border-line align-baseline transition-colors hover:bg-sunken max-sm:flex max-sm:flex-wrap max-sm:gap-x-3 max-sm:py-2.5"
          >
            <td className="py-2.5 pr-3 max-sm:basis-full max-sm:p-0">
              <Link
                to="/tasks/$id"
                params={{ id: task.id }}
                className="block truncate font-medium hover:text-accent"
              >
                {task.title}
              </Link>
              <span className="block truncate text-sm text-faint">{task.workflow_name}</span>
            </td>
            <td className="truncate py-2.5 pr-3 text-sm text-muted max-sm:p-0">
              {assigneeText(task, me.id)}
            </td>
            <td className="py-2.5 pr-3 text-sm max-sm:p-0">
              <DueTag task={task} />
            </td>
            <td className="py-2.5 text-sm text-muted max-sm:ml-auto max-sm:p-0">
              <TimeAgo at={task.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
