import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
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
  egressRules: () =>
    queryOptions({ queryKey: ['egress'], queryFn: ({ signal }) => api(routes.listEgressRules, { signal }) }),
}
