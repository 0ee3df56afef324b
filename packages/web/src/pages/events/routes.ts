import { createRoute } from '@tanstack/react-router'
import { lazyPage, shell } from '../../app/page-route.ts'
import { readEventSearch } from './event-search.ts'
import { eventQueries } from './queries.ts'

export const eventRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/events',
    validateSearch: readEventSearch,
    component: lazyPage(() => import('./EventsPage.tsx'), 'EventsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/events/$id',
    loader: ({ context, params }) => context.queryClient.fetchQuery(eventQueries.one(params.id)),
    component: lazyPage(() => import('./EventPage.tsx'), 'EventPage'),
  }),
] as const
