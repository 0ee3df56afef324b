import { routes, type Schedule } from '@bifrost/contract'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

async function allSchedules(workflow: string | undefined, signal: AbortSignal) {
  const items: Schedule[] = []
  let cursor: string | undefined
  do {
    const page = await api(routes.listSchedules, { query: { workflow, cursor, limit: 200 }, signal })
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
}

export const scheduleQueries = {
  /** All of the organization, or those of one workflow. */
  list: (workflow?: string) =>
    queryOptions({
      queryKey: ['schedules', 'list', workflow ?? null],
      queryFn: ({ signal }) => allSchedules(workflow, signal),
    }),
  fireTimes: (id: string) =>
    queryOptions({
      queryKey: ['schedules', 'fireTimes', id],
      queryFn: async ({ signal }) =>
        (await api(routes.listScheduleFireTimes, { params: { id }, query: { limit: 50 }, signal })).items,
    }),
  preview: (times: { cron: string; timezone: string }) =>
    queryOptions({
      queryKey: ['schedule-preview', times],
      queryFn: ({ signal }) => api(routes.previewSchedule, { body: times, signal }),
      placeholderData: keepPreviousData,
    }),
}
