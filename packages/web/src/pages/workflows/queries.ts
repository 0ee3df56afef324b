import { routes, type WorkflowSummary } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

async function allWorkflows(signal: AbortSignal) {
  const first = await api(routes.listWorkflows, { query: { limit: 200 }, signal })
  const items: WorkflowSummary[] = [...first.items]
  let cursor = first.next_cursor
  while (cursor) {
    const page = await api(routes.listWorkflows, { query: { limit: 200, cursor }, signal })
    items.push(...page.items)
    cursor = page.next_cursor
  }
  return { items, problems: first.problems }
}

export const workflowQueries = {
  list: () =>
    queryOptions({
      queryKey: ['workflows', 'list'],
      queryFn: ({ signal }) => allWorkflows(signal),
      // A person who saved a file and comes back expects to find it.
      staleTime: 2_000,
    }),
  one: (name: string) =>
    queryOptions({
      queryKey: ['workflows', 'one', name],
      queryFn: ({ signal }) => api(routes.getWorkflow, { params: { id: name }, signal }),
      staleTime: 5_000,
    }),
  packages: () =>
    queryOptions({
      queryKey: ['workflows', 'packages'],
      queryFn: ({ signal }) => api(routes.listPythonPackages, { signal }),
      staleTime: 2_000,
    }),
  source: (name: string) =>
    queryOptions({
      queryKey: ['workflows', 'source', name],
      queryFn: ({ signal }) => api(routes.getWorkflowSource, { params: { id: name }, signal }),
    }),
  access: (name: string) =>
    queryOptions({
      queryKey: ['workflows', 'access', name],
      queryFn: ({ signal }) => api(routes.getWorkflowAccess, { params: { id: name }, signal }),
    }),
}
