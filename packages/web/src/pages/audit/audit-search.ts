import {
  day,
  defineList,
  type FilterOf,
  midnight,
  oneOf,
  readListSearch,
  text,
} from '../../ui/list-search.ts'
import type { AuditFilters } from './queries.ts'

/** The filters of the log as the address has them. */
export const auditList = defineList('audit', {
  q: text,
  actor: text,
  action: text,
  outcome: oneOf(['success', 'failure']),
  /** Days, in the reader's time zone, both of them included. */
  from: day,
  to: day,
})

export type AuditListFilter = FilterOf<typeof auditList>

export const readAuditSearch = (search: Record<string, unknown>) => readListSearch(auditList, search)

/** The same filters as the API takes them. */
export const toFilters = ({ q, actor, action, outcome, from, to }: AuditListFilter): AuditFilters => ({
  ...(q ? { search: q } : {}),
  ...(actor ? { actor } : {}),
  ...(action ? { action } : {}),
  ...(outcome ? { outcome } : {}),
  ...(from ? { since: midnight(from) } : {}),
  ...(to ? { until: midnight(to, 1) } : {}),
})
