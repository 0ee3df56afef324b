import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text } from '../../app/page-route.ts'

export const scheduleRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/schedules',
    validateSearch: (search): { open?: string } => given({ open: text(search['open']) }),
    component: lazyPage(() => import('./SchedulesPage.tsx'), 'SchedulesPage'),
  }),
] as const
