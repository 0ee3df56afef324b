import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text } from '../../app/page-route.ts'
import { readListSearch } from '../../ui/list-search.ts'
import { scheduleList } from './schedule-list.ts'

export const scheduleRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/schedules',
    validateSearch: (search) => ({
      ...readListSearch(scheduleList, search),
      ...given({ open: text(search['open']) }),
    }),
    component: lazyPage(() => import('./SchedulesPage.tsx'), 'SchedulesPage'),
  }),
] as const
