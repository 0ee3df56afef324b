import { type ExecutionStatus, limits, routes, type Trigger } from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

/** What a list of runs is narrowed to, as the API takes it. */
export interface ExecutionFilters {
  workflow?: string | undefined
  status?: ExecutionStatus[] | undefined
  trigger?: Trigger | undefined
  search?: string | undefined
  column?: string[] | undefined
  form?: string | undefined
  since?: string | undefined
  until?: string | undefined
}

const pageSize = 50

/** A run of more steps shows the latest of them. */
const stepPagesMax = 10

/** The steps of a run in the order in which they began; of very many, the latest. */
async function latestSteps(id: string, signal: AbortSignal) {
  const query = { order: 'newest', limit: limits.stepsPageMax } as const
  let page = await api(routes.listExecutionSteps, { params: { id }, query, signal })
  const items = [...page.items]
  for (let pages = 1; page.next_cursor && pages < stepPagesMax; pages++) {
    page = await api(routes.listExecutionSteps, {
      params: { id },
      query: { ...query, cursor: page.next_cursor },
      signal,
    })
    items.push(...page.items)
  }
  return { items: items.reverse(), complete: page.next_cursor === null }
}

export const executionQueries = {
  list: (filters: ExecutionFilters) =>
    infiniteQueryOptions({
      queryKey: ['executions', 'list', filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listExecutions, {
          query: { ...filters, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  /** How many runs a filter finds, on whatever page. */
  count: (filters: ExecutionFilters) =>
    queryOptions({
      queryKey: ['executions', 'count', filters],
      queryFn: async ({ signal }) =>
        (await api(routes.listExecutions, { query: { ...filters, count: true, limit: 1 }, signal })).total ??
        0,
      placeholderData: keepPreviousData,
    }),
  /** The newest runs, of one workflow or of all. */
  recent: (limit: number, workflow?: string) =>
    queryOptions({
      queryKey: ['executions', 'recent', limit, workflow ?? null],
      queryFn: ({ signal }) => api(routes.listExecutions, { query: { workflow, limit }, signal }),
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'one', id],
      queryFn: ({ signal }) => api(routes.getExecution, { params: { id }, signal }),
    }),
  steps: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'steps', id],
      queryFn: ({ signal }) => latestSteps(id, signal),
    }),
  attempts: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'attempts', id],
      queryFn: async ({ signal }) =>
        (await api(routes.listExecutionAttempts, { params: { id }, signal })).items,
    }),
  /** The runs that a run started, and how many there are in each status. */
  children: (id: string, status?: ExecutionStatus[]) =>
    infiniteQueryOptions({
      queryKey: ['executions', 'children', id, status ?? null],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listExecutionChildren, {
          params: { id },
          query: { status, limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
  graph: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'graph', id],
      queryFn: ({ signal }) => api(routes.getExecutionGraph, { params: { id }, signal }),
      // A run keeps the code that it began with.
      staleTime: 60 * 60_000,
    }),
  variables: (id: string) =>
    queryOptions({
      queryKey: ['executions', 'variables', id],
      queryFn: ({ signal }) => api(routes.getExecutionVariables, { params: { id }, signal }),
    }),
}
