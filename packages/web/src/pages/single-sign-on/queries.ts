import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const singleSignOnQueries = {
  providers: () =>
    queryOptions({
      queryKey: ['identity-providers'],
      queryFn: ({ signal }) => api(routes.listIdentityProviders, { signal }),
    }),
}
