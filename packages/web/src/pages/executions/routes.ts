import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text } from '../../app/page-route.ts'
import { readHistorySearch } from './list/history-search.ts'
import { executionQueries } from './queries.ts'

export const executionRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/history',
    validateSearch: readHistorySearch,
    component: lazyPage(() => import('./list/HistoryPage.tsx'), 'HistoryPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/history/$id',
    validateSearch: (search): { tab?: string } => given({ tab: text(search['tab']) }),
    loader: ({ context: { queryClient }, params: { id } }) =>
      Promise.all([
        queryClient.fetchQuery(executionQueries.one(id)),
        // Which tab is open depends on them. Without them the page is still of use.
        queryClient.prefetchQuery(executionQueries.steps(id)),
        queryClient.prefetchQuery(executionQueries.graph(id)),
      ]),
    component: lazyPage(() => import('./run/ExecutionPage.tsx'), 'ExecutionPage'),
  }),
] as const
