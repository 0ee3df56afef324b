import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'

export const singleSignOnRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/single-sign-on',
    component: lazyPage(() => import('./SingleSignOnPage.tsx'), 'SingleSignOnPage'),
  }),
] as const
