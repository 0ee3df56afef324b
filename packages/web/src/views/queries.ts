import { routes, type SavedView } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../app/api.ts'

export const viewQueries = {
  /** A person's own views of a list, and the shared ones. */
  of: (list: string) =>
    queryOptions({
      queryKey: ['views', list],
      queryFn: ({ signal }) => api(routes.listViews, { query: { list }, signal }),
      select: ({ items }): SavedView[] => items,
    }),
}
