import { type AccountRole, routes } from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const peopleQueries = {
  list: ({ search, role }: { search: string; role: AccountRole | '' }) =>
    infiniteQueryOptions({
      queryKey: ['users', 'list', search, role],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listUsers, {
          query: {
            ...(search ? { search } : {}),
            ...(role ? { role } : {}),
            ...(pageParam ? { cursor: pageParam } : {}),
          },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  /** A page of people, for choices. */
  some: () =>
    queryOptions({
      queryKey: ['users', 'some'],
      queryFn: ({ signal }) => api(routes.listUsers, { query: { limit: 200, is_active: true }, signal }),
    }),
  invitations: () =>
    queryOptions({
      queryKey: ['invitations'],
      queryFn: ({ signal }) => api(routes.listInvitations, { query: {}, signal }),
    }),
}
