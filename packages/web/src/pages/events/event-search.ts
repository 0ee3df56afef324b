import type { EventFilters } from './queries.ts'

/** The filters as the URL has them. */
export interface EventSearch {
  name?: string
  key?: string
  q?: string
  failed?: boolean
}

/** Reads filters from a URL; what makes no sense is left out. */
export function readEventSearch(search: Record<string, unknown>): EventSearch {
  const read: EventSearch = {}
  for (const name of ['name', 'key', 'q'] as const) {
    const value = search[name]
    if (typeof value === 'number') read[name] = String(value)
    else if (typeof value === 'string' && value.trim() !== '') read[name] = value
  }
  if (search['failed'] === true || search['failed'] === 'true') read.failed = true
  return read
}

/** The same filters as the API takes them. */
export const toFilters = ({ name, key, q, failed }: EventSearch): EventFilters => ({
  ...(name ? { name } : {}),
  ...(key ? { key } : {}),
  ...(q ? { search: q } : {}),
  ...(failed ? { failed } : {}),
})

export const isFiltered = (search: EventSearch): boolean => Object.keys(search).length > 0
