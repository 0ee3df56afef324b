import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'
import { roleQueries } from './queries.ts'

export const roleRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/roles',
    component: lazyPage(() => import('./RolesPage.tsx'), 'RolesPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/roles/$id',
    loader: ({ context, params }) => context.queryClient.fetchQuery(roleQueries.one(params.id)),
    component: lazyPage(() => import('./RolePage.tsx'), 'RolePage'),
  }),
] as const
