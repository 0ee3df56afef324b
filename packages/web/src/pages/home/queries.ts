import { routes } from '@bifrost/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

const samplePagesMax = 3

/** The runs of the last 24 hours, newest first; `complete` is false when there are more than the sample holds. */
async function lastDay(signal: AbortSignal) {
  const since = new Date(Date.now() - 24 * 3_600_000).toISOString()
  let page = await api(routes.listExecutions, { query: { since, limit: 200 }, signal })
  const items = [...page.items]
  for (let pages = 1; page.next_cursor && pages < samplePagesMax; pages++) {
    page = await api(routes.listExecutions, {
      query: { since, limit: 200, cursor: page.next_cursor },
      signal,
    })
    items.push(...page.items)
  }
  return { items, complete: page.next_cursor === null }
}

export const homeQueries = {
  lastDay: () =>
    queryOptions({ queryKey: ['executions', 'last-day'], queryFn: ({ signal }) => lastDay(signal) }),
}
