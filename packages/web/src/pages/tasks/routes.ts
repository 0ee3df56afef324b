import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'
import { readListSearch } from '../../ui/list-search.ts'
import { taskQueries } from './queries.ts'
import { taskList } from './task-views.ts'

export const taskRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/tasks',
    validateSearch: (search) => readListSearch(taskList, search),
    component: lazyPage(() => import('./TasksPage.tsx'), 'TasksPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/tasks/$id',
    loader: ({ context, params }) => context.queryClient.fetchQuery(taskQueries.one(params.id)),
    component: lazyPage(() => import('./TaskPage.tsx'), 'TaskPage'),
  }),
] as const
