import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text, unlessNothingThere } from '../../app/page-route.ts'
import { tableQueries } from './queries.ts'
import { filterText } from './row-filter.ts'

export const tableRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/tables',
    component: lazyPage(() => import('./TablesPage.tsx'), 'TablesPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/tables/$table',
    validateSearch: (search): { tab?: string; f?: string; sort?: string; columns?: string } =>
      given({
        tab: text(search['tab']),
        f: filterText(search['f']),
        sort: text(search['sort']),
        columns: text(search['columns']),
      }),
    loader: ({ context, params }) =>
      unlessNothingThere(context.queryClient.fetchQuery(tableQueries.one(params.table))),
    component: lazyPage(() => import('./TablePage.tsx'), 'TablePage'),
  }),
] as const
