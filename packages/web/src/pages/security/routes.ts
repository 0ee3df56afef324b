import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'

export const securityRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/account/security',
    component: lazyPage(() => import('./SecurityPage.tsx'), 'SecurityPage'),
  }),
] as const
