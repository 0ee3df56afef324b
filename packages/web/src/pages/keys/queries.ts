import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const keyQueries = {
  list: () => queryOptions({ queryKey: ['keys'], queryFn: ({ signal }) => api(routes.listKeys, { signal }) }),
  endpointKeys: (workflow?: string) =>
    queryOptions({
      queryKey: ['endpoint-keys', workflow],
      queryFn: ({ signal }) =>
        api(routes.listEndpointKeys, { query: workflow === undefined ? {} : { workflow }, signal }),
    }),
}
