import { defineList, type FilterOf, flag, readListSearch, text } from '../../ui/list-search.ts'
import type { EventFilters } from './queries.ts'

/** The filters of the log as the address has them. */
export const eventList = defineList('events', { name: text, key: text, q: text, failed: flag })

export type EventFilter = FilterOf<typeof eventList>

export const readEventSearch = (search: Record<string, unknown>) => readListSearch(eventList, search)

/** The same filters as the API takes them. */
export const toFilters = ({ name, key, q, failed }: EventFilter): EventFilters => ({
  ...(name ? { name } : {}),
  ...(key ? { key } : {}),
  ...(q ? { search: q } : {}),
  ...(failed ? { failed } : {}),
})
