import { routes, type TaskStatus } from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

/** Which tasks a list shows, as the API takes it. */
export interface TaskFilters {
  assignee?: 'me' | 'unclaimed' | 'all'
  status?: TaskStatus[]
  execution?: string
}

export const taskQueries = {
  list: (filters: TaskFilters) =>
    infiniteQueryOptions({
      queryKey: ['tasks', 'list', filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listTasks, { query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ['tasks', 'one', id],
      queryFn: ({ signal }) => api(routes.getTask, { params: { id }, signal }),
    }),
  counts: () =>
    queryOptions({
      queryKey: ['tasks', 'count'],
      queryFn: ({ signal }) => api(routes.countTasks, { signal }),
      refetchInterval: 10_000,
    }),
  /** What a run waits for people to do. */
  openOf: (execution: string) =>
    queryOptions({
      queryKey: ['tasks', 'list', 'of', execution],
      queryFn: async ({ signal }) => (await api(routes.listTasks, { query: { execution }, signal })).items,
    }),
}
