import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text } from '../../app/page-route.ts'
import { workflowQueries } from './queries.ts'

export const workflowRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/workflows',
    validateSearch: (search): { q?: string; type?: string; tag?: string } =>
      given({ q: text(search['q']), type: text(search['type']), tag: text(search['tag']) }),
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
