import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'

export const configRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/config',
    component: lazyPage(() => import('./ConfigPage.tsx'), 'ConfigPage'),
  }),
] as const
