import { type AuditFilter, routes } from '@bifrost/contract'
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import { api } from '../../app/api.ts'

/** What the audit log is asked for. */
export type AuditFilters = Omit<AuditFilter, 'scope'>

export const auditQueries = {
  list: (filters: AuditFilters) =>
    infiniteQueryOptions({
      queryKey: ['audit', filters],
      queryFn: ({ pageParam, signal }) =>
        api(routes.listAudit, { query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.next_cursor,
      placeholderData: keepPreviousData,
    }),
}
