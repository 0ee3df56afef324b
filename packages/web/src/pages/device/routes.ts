import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text } from '../../app/page-route.ts'

export const deviceRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/device',
    validateSearch: (search): { code?: string } => given({ code: text(search['code']) }),
    component: lazyPage(() => import('./DevicePage.tsx'), 'DevicePage'),
  }),
] as const
