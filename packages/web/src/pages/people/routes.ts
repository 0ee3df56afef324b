import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'

export const peopleRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/people',
    component: lazyPage(() => import('./PeoplePage.tsx'), 'PeoplePage'),
  }),
] as const
