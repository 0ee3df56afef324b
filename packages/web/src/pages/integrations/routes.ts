import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text, unlessNothingThere } from '../../app/page-route.ts'
import { integrationQueries } from './queries.ts'

export const integrationRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/integrations',
    validateSearch: (search): { problem?: string } => given({ problem: text(search['problem']) }),
    component: lazyPage(() => import('./IntegrationsPage.tsx'), 'IntegrationsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/integrations/$id',
    validateSearch: (search): { problem?: string; connected?: boolean } =>
      given({ problem: text(search['problem']), connected: search['connected'] === true || undefined }),
    loader: ({ context, params }) =>
      unlessNothingThere(context.queryClient.fetchQuery(integrationQueries.one(params.id))),
    component: lazyPage(() => import('./IntegrationPage.tsx'), 'IntegrationPage'),
  }),
] as const
