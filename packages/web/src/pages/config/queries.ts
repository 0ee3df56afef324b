import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const configQueries = {
  list: () =>
    queryOptions({
      queryKey: ['config'],
      queryFn: ({ signal }) => api(routes.listConfig, { query: {}, signal }),
    }),
}
