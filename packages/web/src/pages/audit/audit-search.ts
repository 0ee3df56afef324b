import type { AuditFilters } from './queries.ts'

/** The filters as the URL has them. */
export interface AuditSearch {
  q?: string
  actor?: string
  action?: string
  outcome?: 'success' | 'failure'
  /** Days, in the reader's time zone, both of them included. */
  from?: string
  to?: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** Reads filters from a URL; what makes no sense is left out. */
export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const read: AuditSearch = {}
  for (const name of ['q', 'actor', 'action'] as const) {
    const value = search[name]
    if (typeof value === 'number') read[name] = String(value)
    else if (typeof value === 'string' && value.trim() !== '') read[name] = value
  }
  const { outcome } = search
  if (outcome === 'success' || outcome === 'failure') read.outcome = outcome
  for (const name of ['from', 'to'] as const) {
    const value = search[name]
    if (typeof value === 'string' && DAY.test(value) && !Number.isNaN(Date.parse(value))) read[name] = value
  }
  return read
}

/** The same filters as the API takes them. */
export const toFilters = ({ q, actor, action, outcome, from, to }: AuditSearch): AuditFilters => ({
  ...(q ? { search: q } : {}),
  ...(actor ? { actor } : {}),
  ...(action ? { action } : {}),
  ...(outcome ? { outcome } : {}),
  ...(from ? { since: startOf(from, 0) } : {}),
  ...(to ? { until: startOf(to, 1) } : {}),
})

export const isFiltered = (search: AuditSearch): boolean => Object.keys(search).length > 0

/** Midnight of a day, or of so many days later, where the reader is. */
function startOf(day: string, daysLater: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + daysLater).toISOString()
}
