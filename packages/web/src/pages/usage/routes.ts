import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'

export const usageRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/usage',
    component: lazyPage(() => import('./UsagePage.tsx'), 'UsagePage'),
  }),
] as const
