import { routes } from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

/** What the log of events is narrowed to, as the API takes it. */
export interface EventFilters {
  name?: string
  key?: string
  search?: string
  failed?: boolean
}

export const eventQueries = {
  list: (filters: EventFilters) =>
    infiniteQueryOptions({
      queryKey: ['events', 'list', filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listEvents, {
          query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ['events', 'one', id],
      queryFn: ({ signal }) => api(routes.getEvent, { params: { id }, signal }),
    }),
}
