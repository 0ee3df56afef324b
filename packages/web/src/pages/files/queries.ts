import { type FileLocation, routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const fileQueries = {
  list: (location: FileLocation, path: string) =>
    queryOptions({
      queryKey: ['files', 'list', location, path],
      queryFn: ({ signal }) =>
        api(routes.listFiles, { body: { location, ...(path ? { path } : {}) }, signal }),
    }),
  usage: () =>
    queryOptions({
      queryKey: ['files', 'usage'],
      queryFn: ({ signal }) => api(routes.fileUsage, { signal }),
    }),
  search: (location: FileLocation, path: string, query: string) =>
    queryOptions({
      queryKey: ['files', 'search', location, path, query],
      queryFn: ({ signal }) =>
        api(routes.searchFiles, { body: { location, query, ...(path ? { path } : {}) }, signal }),
    }),
}
