import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text } from '../../app/page-route.ts'

export const fileRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/files',
    validateSearch: (search): { in?: string; path?: string } =>
      given({ in: text(search['in']), path: text(search['path']) }),
    component: lazyPage(() => import('./FilesPage.tsx'), 'FilesPage'),
  }),
] as const
