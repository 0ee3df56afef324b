import { routes } from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const integrationQueries = {
  list: () =>
    queryOptions({
      queryKey: ['integrations', 'list'],
      queryFn: ({ signal }) => api(routes.listIntegrations, { query: {}, signal }),
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ['integrations', 'one', id],
      queryFn: ({ signal }) => api(routes.getIntegration, { params: { id }, signal }),
    }),
  mappings: (id: string, filters: { search?: string; mapped?: boolean }) =>
    infiniteQueryOptions({
      queryKey: ['integrations', 'mappings', id, filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listIntegrationMappings, {
          params: { id },
          query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  egressRules: () =>
    queryOptions({ queryKey: ['egress'], queryFn: ({ signal }) => api(routes.listEgressRules, { signal }) }),
}
