import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'

export const keyRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/keys',
    component: lazyPage(() => import('./KeysPage.tsx'), 'KeysPage'),
  }),
] as const
