import { routes } from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const organizationQueries = {
  names: () =>
    queryOptions({
      queryKey: ['organizations', 'names'],
      queryFn: async ({ signal }) =>
        (await api(routes.listOrganizations, { query: { limit: 200 }, signal })).items,
    }),
  /** The organizations that a person may act for, up to a page of them: for choices. */
  some: (search: string) =>
    queryOptions({
      queryKey: ['organizations', 'some', search],
      queryFn: ({ signal }) => api(routes.listOrganizations, { query: search ? { search } : {}, signal }),
      staleTime: 60_000,
    }),
  list: (search: string) =>
    infiniteQueryOptions({
      queryKey: ['organizations', 'list', search],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listOrganizations, {
          query: { ...(search ? { search } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
}
