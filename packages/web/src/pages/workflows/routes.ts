import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text } from '../../app/page-route.ts'
import { readListSearch } from '../../ui/list-search.ts'
import { workflowQueries } from './queries.ts'
import { workflowList } from './workflow-list.ts'

export const workflowRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/workflows',
    validateSearch: (search) => readListSearch(workflowList, search),
    loader: ({ context }) => context.queryClient.ensureQueryData(workflowQueries.list()),
    component: lazyPage(() => import('./WorkflowsPage.tsx'), 'WorkflowsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/workflows/$name',
    validateSearch: (search): { tab?: string; from?: string } =>
      given({ tab: text(search['tab']), from: text(search['from']) }),
    loader: ({ context, params }) => context.queryClient.fetchQuery(workflowQueries.one(params.name)),
    component: lazyPage(() => import('./WorkflowPage.tsx'), 'WorkflowPage'),
  }),
] as const
