import { type FormSummary, limits, routes, type Schedule, type WorkflowSummary } from '@bifrost/contract'
import { api } from './api.ts'

// Lists that pages need as a whole, read page by page.

const homeSamplePagesMax = 3

export async function allWorkflows(signal: AbortSignal) {
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

export async function allSchedules(workflow: string | undefined, signal: AbortSignal) {
  const items: Schedule[] = []
  let cursor: string | undefined
  do {
    const page = await api(routes.listSchedules, { query: { workflow, cursor, limit: 200 }, signal })
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
}

export async function allForms(scope: string, signal: AbortSignal) {
  const items: FormSummary[] = []
  let cursor: string | undefined
  do {
    const page = await api(routes.listForms, { query: { scope, cursor, limit: 200 }, signal })
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
}

/** A run of more steps shows the latest of them. */
const stepPagesMax = 10

/** The steps of a run in the order in which they began; of very many, the latest. */
export async function latestSteps(id: string, signal: AbortSignal) {
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

/** The runs of the last 24 hours, newest first; `complete` is false when there are more than the sample holds. */
export async function lastDay(signal: AbortSignal) {
  const since = new Date(Date.now() - 24 * 3_600_000).toISOString()
  let page = await api(routes.listExecutions, { query: { since, limit: 200 }, signal })
  const items = [...page.items]
  for (let pages = 1; page.next_cursor && pages < homeSamplePagesMax; pages++) {
    page = await api(routes.listExecutions, {
      query: { since, limit: 200, cursor: page.next_cursor },
      signal,
    })
    items.push(...page.items)
  }
  return { items, complete: page.next_cursor === null }
}
