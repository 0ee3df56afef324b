import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'

export const organizationRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/organizations',
    component: lazyPage(() => import('./OrganizationsPage.tsx'), 'OrganizationsPage'),
  }),
] as const
