import { defineList, oneOf } from '../../ui/list-search.ts'
import type { TaskFilters } from './queries.ts'

export type TaskView = 'mine' | 'unclaimed' | 'all' | 'closed'

/** The parts of the inbox, as the API takes them, and what each says when there is nothing in it. */
export const taskViews: Record<TaskView, { filter: TaskFilters; empty: string; hint: string }> = {
  mine: {
    filter: { assignee: 'me' },
    empty: 'No tasks for you',
    hint: 'Tasks that are assigned to you, or that you claim, appear here.',
  },
  unclaimed: {
    filter: { assignee: 'unclaimed' },
    empty: 'No tasks to claim',
    hint: 'Tasks that anyone with your role can claim appear here.',
  },
  all: {
    filter: { assignee: 'all' },
    empty: 'No open tasks',
    hint: 'When a workflow calls screen(), its task appears here.',
  },
  closed: {
    filter: { assignee: 'all', status: ['done', 'cancelled', 'expired'] },
    empty: 'No closed tasks yet',
    hint: 'Tasks stay here when they are answered, declined, or no longer needed.',
  },
}

export const taskList = defineList('tasks', { view: oneOf(Object.keys(taskViews) as TaskView[]) })
