import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

export const editorQueries = {
  tree: () =>
    queryOptions({
      queryKey: ['files', 'tree'],
      queryFn: ({ signal }) => api(routes.editorTree, { signal }),
    }),
  file: (path: string) =>
    queryOptions({
      queryKey: ['files', 'one', path],
      queryFn: ({ signal }) => api(routes.editorReadFile, { query: { path }, signal }),
      staleTime: 0,
      gcTime: 0,
    }),
}
