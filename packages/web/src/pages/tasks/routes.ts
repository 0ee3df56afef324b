import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'
import { taskQueries } from './queries.ts'
import { isTaskView, type TaskView } from './task-views.ts'

export const taskRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/tasks',
    validateSearch: (search): { view?: TaskView } =>
      isTaskView(search['view']) ? { view: search['view'] } : {},
    component: lazyPage(() => import('./TasksPage.tsx'), 'TasksPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/tasks/$id',
    loader: ({ context, params }) => context.queryClient.fetchQuery(taskQueries.one(params.id)),
    component: lazyPage(() => import('./TaskPage.tsx'), 'TaskPage'),
  }),
] as const
