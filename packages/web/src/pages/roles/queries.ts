import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const roleQueries = {
  list: () =>
    queryOptions({ queryKey: ['roles', 'list'], queryFn: ({ signal }) => api(routes.listRoles, { signal }) }),
  one: (id: string) =>
    queryOptions({
      queryKey: ['roles', 'one', id],
      queryFn: ({ signal }) => api(routes.getRole, { params: { id }, signal }),
    }),
}
