import { type FormSummary, routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

async function allForms(scope: string, signal: AbortSignal) {
  const items: FormSummary[] = []
  let cursor: string | undefined
  do {
    const page = await api(routes.listForms, { query: { scope, cursor, limit: 200 }, signal })
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
}

export const formQueries = {
  /** All that a person sees who acts there; there are few enough for one list. */
  list: (organization: string) =>
    queryOptions({
      queryKey: ['forms', 'list', organization],
      queryFn: ({ signal }) => allForms(organization, signal),
      staleTime: 2_000,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ['forms', 'one', id],
      queryFn: ({ signal }) => api(routes.getForm, { params: { id }, signal }),
    }),
  settings: (id: string) =>
    queryOptions({
      queryKey: ['forms', 'settings', id],
      queryFn: ({ signal }) => api(routes.getFormSettings, { params: { id }, signal }),
    }),
  links: (id: string) =>
    queryOptions({
      queryKey: ['forms', 'links', id],
      queryFn: async ({ signal }) => (await api(routes.listFormLinks, { params: { id }, signal })).items,
    }),
  publicOne: (token: string) =>
    queryOptions({
      queryKey: ['forms', 'public', token],
      queryFn: ({ signal }) => api(routes.getPublicForm, { params: { token }, signal }),
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    }),
}
