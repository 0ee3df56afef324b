import { createRoute } from '@tanstack/react-router'
import { given, lazyPage, shell, text, unlessNothingThere } from '../../app/page-route.ts'
import { tableQueries } from './queries.ts'

export const tableRoutes = [
  createRoute({
    getParentRoute: () => shell,
    path: '/tables',
    component: lazyPage(() => import('./TablesPage.tsx'), 'TablesPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/tables/$table',
    validateSearch: (search): { tab?: string; f?: string; sort?: string } =>
      given({ tab: text(search['tab']), f: filterText(search['f']), sort: text(search['sort']) }),
    loader: ({ context, params }) =>
      unlessNothingThere(context.queryClient.fetchQuery(tableQueries.one(params.table))),
    component: lazyPage(() => import('./TablePage.tsx'), 'TablePage'),
  }),
] as const

/** A list in the address is read as one; the page wants its text. */
const filterText = (value: unknown): string | undefined =>
  Array.isArray(value) ? JSON.stringify(value) : text(value)
