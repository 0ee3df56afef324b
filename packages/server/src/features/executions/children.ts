import { type ExecutionStatus, type ExecutionSummary, limits, validationError } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { isUuid } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { visible } from './filter.ts'
import { SUMMARY } from './queries.ts'
import { type SummaryRow, summaryOf } from './rows.ts'

interface ChildrenFilter {
  status?: ExecutionStatus[] | undefined
  cursor?: string | undefined
  limit?: number | undefined
}

/** The runs that a run started: a page of them, and how many there are in each status. */
export async function childrenOf(
  scope: OrgScope,
  db: Database,
  parentId: string,
  { status, cursor, limit = limits.pageSizeDefault }: ChildrenFilter,
): Promise<{
  items: ExecutionSummary[]
  next_cursor: string | null
  counts: Partial<Record<ExecutionStatus, number>>
  total: number
}> {
  if (cursor !== undefined && !isUuid(cursor))
    throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
  const [counts, rows] = await Promise.all([
    countChildren(scope, db, parentId),
    listChildren(scope, db, parentId, { status, cursor, limit: limit + 1 }),
  ])
  const items = rows.slice(0, limit).map((row) => summaryOf(scope, row))
  return {
    items,
    next_cursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
    counts,
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
  }
}

async function countChildren(
  scope: OrgScope,
  db: Database,
  parentId: string,
): Promise<Partial<Record<ExecutionStatus, number>>> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [...visible(scope, param), `e.parent_id = ${param(parentId)}`]
  const rows = await db
    .heavy(scope)
    .query<{ status: ExecutionStatus; count: number }>(
      `select e.status, count(*)::int as count from executions e where ${conditions.join(' and ')} group by e.status`,
      values,
    )
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}

async function listChildren(
  scope: OrgScope,
  db: Database,
  parentId: string,
  { status, cursor, limit }: ChildrenFilter,
): Promise<SummaryRow[]> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [...visible(scope, param), `e.parent_id = ${param(parentId)}`]
  if (status) conditions.push(`e.status = any(${param(status)})`)
  if (cursor) conditions.push(`e.id < ${param(cursor)}`)
  return db.as(scope).query<SummaryRow>(
    `select e.*, person_name(e.user_id) as user_name from (
       select ${SUMMARY} from executions e where ${conditions.join(' and ')} order by e.id desc limit ${param(limit)}
     ) e order by e.id desc`,
    values,
  )
}
