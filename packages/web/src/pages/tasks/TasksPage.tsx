import type { TaskSummary } from '@bifrost/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Inbox } from 'lucide-react'
import { useMe } from '../../app/session.ts'
import type { Column } from '../../ui/columns.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { FilterBar } from '../../ui/FilterBar.tsx'
import { Page } from '../../ui/Page.tsx'
import { PagedView } from '../../ui/PagedView.tsx'
import { SegmentedControl } from '../../ui/SegmentedControl.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { TimeAgo } from '../../ui/TimeAgo.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { DueTag } from './DueTag.tsx'
import { taskQueries } from './queries.ts'
import { type TaskView, taskList, taskViews } from './task-views.ts'
import { assigneeText } from './task-words.ts'

/** What waits for people: mine, what I could take, all of it, and what is done. */
export function TasksPage() {
  const me = useMe()
  const list = useListState(taskList)
  const { view = 'mine' } = list.filter
  const counts = useQuery(taskQueries.counts())
  const tasks = useInfiniteQuery({ ...taskQueries.list(taskViews[view].filter), refetchInterval: 5_000 })
  const columns = taskColumns(me.id)
  return (
    <Page title="Tasks" lead="Work waiting for people.">
      <FilterBar list={list} columns={columns} canClear={false}>
        <SegmentedControl<TaskView>
          label="Show tasks"
          value={view}
          onChange={(next) => list.set('view', next)}
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
      </FilterBar>
      <PagedView
        query={tasks}
        rows={6}
        empty={
          <EmptyState icon={Inbox} title={taskViews[view].empty}>
            {taskViews[view].hint}
          </EmptyState>
        }
      >
        {(items) => (
          <DataTable list={list} label="Tasks" rows={items} columns={columns} rowId={({ id }) => id} />
        )}
      </PagedView>
    </Page>
  )
}

const taskColumns = (ownId: string): readonly Column<TaskSummary>[] => [
  {
    id: 'task',
    label: 'Task',
    show: 'always',
    narrow: 'line',
    cell: (task) => (
      <>
        <Link
          data-row-link
          to="/tasks/$id"
          params={{ id: task.id }}
          className="block truncate font-medium hover:text-accent"
        >
          {task.title}
        </Link>
        <span className="block truncate text-sm text-faint">{task.workflow_name}</span>
      </>
    ),
  },
  {
    id: 'for',
    label: 'For',
    width: 'w-[26%]',
    className: 'truncate text-sm text-muted',
    cell: (task) => assigneeText(task, ownId),
  },
  { id: 'due', label: 'Due', width: 'w-36', className: 'text-sm', cell: (task) => <DueTag task={task} /> },
  {
    id: 'since',
    label: 'Since',
    width: 'w-28',
    narrow: 'end',
    className: 'text-sm text-muted',
    cell: ({ created_at }) => <TimeAgo at={created_at} />,
  },
]
