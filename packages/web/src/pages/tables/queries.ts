import { type RowOrder, routes, type Where } from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

const pageSize = 200

export const tableQueries = {
  /** Those that one uses here: own ones, and inherited ones. */
  list: () =>
    queryOptions({
      queryKey: ['tables', 'list'],
      queryFn: async ({ signal }) => (await api(routes.listTables, { query: {}, signal })).items,
    }),
  one: (ref: string) =>
    queryOptions({
      queryKey: ['tables', 'one', ref],
      queryFn: ({ signal }) => api(routes.getTable, { params: { table: ref }, signal }),
    }),
  /** Rows page by page; the first says how many there are. */
  rows: (table: string, query: { where: Where; order_by: RowOrder[] }) =>
    infiniteQueryOptions({
      queryKey: ['tables', 'rows', table, query],
      queryFn: ({ pageParam, signal }) =>
        api(routes.queryTable, {
          params: { table },
          body: {
            ...query,
            limit: pageSize,
            ...(pageParam ? { cursor: pageParam, skip_count: true } : { estimate_count: true }),
          },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
}
