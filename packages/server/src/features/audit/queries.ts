import type { AuditFilter, AuditRow } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { idAt, isUuid } from '../../platform/ids.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import type { ListScope, OrgScope } from '../../platform/scope.ts'

export interface StoredAuditRow {
  id: string
  at: Date
  org_id: string | null
  org_name: string | null
  actor_id: string | null
  actor_email: string | null
  action: string
  target_type: string
  target_id: string | null
  target_name: string | null
  outcome: AuditRow['outcome']
  address: string | null
  execution_id: string | null
  before: AuditRow['before']
  after: AuditRow['after']
}

/** Up to `limit` rows that the filter finds, the newest first; with `before`, those that are older than that one. */
export function findAudit(
  _scope: OrgScope,
  query: Query,
  list: ListScope,
  filter: AuditFilter,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<StoredAuditRow[]> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = conditionsOf(list, filter, param)
  if (before) conditions.push(`a.id < ${param(before)}`)
  return query<StoredAuditRow>(
    `select a.*, o.name as org_name from (
       select * from audit_log a where ${conditions.join(' and ') || 'true'} order by a.id desc limit ${param(limit)}
     ) a left join organizations o on o.id = a.org_id order by a.id desc`,
    values,
  )
}

function conditionsOf(list: ListScope, filter: AuditFilter, param: (value: unknown) => string): string[] {
  const conditions: string[] = []
  if (list.kind === 'org') conditions.push(`a.org_id = ${param(list.orgId)}`)
  if (list.kind === 'global') conditions.push('a.org_id is null')
  const { actor, action, search, since, until } = filter
  if (actor)
    conditions.push(
      isUuid(actor) ? `a.actor_id = ${param(actor)}` : `a.actor_email ilike ${param(likePattern(actor))}`,
    )
  if (action)
    conditions.push(
      action.includes('.')
        ? `a.action = ${param(action)}`
        : `split_part(a.action, '.', 1) = ${param(action)}`,
    )
  if (filter.target_type) conditions.push(`a.target_type = ${param(filter.target_type)}`)
  if (filter.target_id) conditions.push(`a.target_id = ${param(filter.target_id)}`)
  if (filter.outcome) conditions.push(`a.outcome = ${param(filter.outcome)}`)
  // Ids begin with their time, so that the index of ids finds the place.
  if (since)
    conditions.push(
      `a.at >= ${param(since)} and a.id >= ${param(idAt(Date.parse(since) - CLOCKS_DIFFER_MS))}`,
    )
  if (until)
    conditions.push(`a.at < ${param(until)} and a.id < ${param(idAt(Date.parse(until) + CLOCKS_DIFFER_MS))}`)
  if (search) {
    const pattern = param(likePattern(search))
    const columns = ['a.action', 'a.target_id', 'a.target_name', 'a.actor_email']
    conditions.push(`(${columns.map((column) => `${column} ilike ${pattern}`).join(' or ')})`)
  }
  return conditions
}

/** How far the clock of a server and that of the database may be apart. */
const CLOCKS_DIFFER_MS = 60_000
