import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'

export const homeRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/',
    component: lazyPage(() => import('./HomePage.tsx'), 'HomePage'),
  }),
] as const
