import {
  type FoundLine,
  type LogLevel,
  type RouteInput,
  type routes,
  validationError,
} from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { idAt, isUuid } from '../../platform/ids.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import { listScope, type OrgScope } from '../../platform/scope.ts'

interface FoundRow {
  execution_id: string
  seq: number
  created_at: Date
  level: LogLevel
  message: string
  workflow_id: string | null
  workflow_name: string
  org_id: string
  org_name: string
}

/** How far a search looks back, and how long before its beginning a run may have begun. */
const BACK_MS = 7 * 24 * 60 * 60 * 1000
/** How far the clock of a server and that of the database may be apart. */
const CLOCKS_DIFFER_MS = 60_000

/**
 * Lines of many runs. It goes from run to run, the newest first, and stops when it has a page: no index of all lines has
 * to be kept for it, which every line would pay for.
 */
export async function searchLogs(
  scope: OrgScope,
  db: Database,
  query: RouteInput<typeof routes.searchLogs>['query'],
  limit: number,
): Promise<FoundLine[]> {
  const list = listScope(scope, query.scope)
  // No run is global: each belongs to an organization.
  if (list.kind === 'global' && scope.owner !== null) return []
  const orgId = list.kind === 'org' ? list.orgId : list.kind === 'global' ? scope.orgId : null
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const since = query.since ? Date.parse(query.since) : Date.now() - BACK_MS
  const runs = [`e.trigger <> 'test'`, `e.id >= ${param(idAt(Math.max(0, since - BACK_MS)))}`]
  const lines = ['l.execution_id = e.id', `l.created_at >= ${param(new Date(since))}`]
  if (orgId !== null) runs.push(`e.org_id = ${param(orgId)}`)
  if (query.until) {
    runs.push(`e.id < ${param(idAt(Date.parse(query.until) + CLOCKS_DIFFER_MS))}`)
    lines.push(`l.created_at < ${param(query.until)}`)
  }
  if (query.workflow)
    runs.push(
      isUuid(query.workflow)
        ? `e.workflow_id = ${param(query.workflow)}`
        : `e.workflow_name = ${param(query.workflow)}`,
    )
  if (query.level) lines.push(`l.level = any(${param(query.level)})`)
  if (query.search) lines.push(`l.message ilike ${param(likePattern(query.search))}`)
  if (query.cursor !== undefined) {
    const place = readCursor(query.cursor)
    const id = param(place.executionId)
    runs.push(`e.id <= ${id}`)
    lines.push(`(e.id <> ${id} or l.seq < ${param(place.seq)})`)
  }
  const max = param(limit)
  const rows = await db.heavy(scope, list.kind === 'global' ? undefined : list).query<FoundRow>(
    `select e.id as execution_id, l.seq, l.created_at, l.level, l.message, e.workflow_id, e.workflow_name,
         e.org_id, o.name as org_name
       from executions e join organizations o on o.id = e.org_id
       cross join lateral (
         select seq, created_at, level, message from execution_logs l where ${lines.join(' and ')}
         order by l.seq desc limit ${max}
       ) l
       where ${runs.join(' and ')} order by e.id desc, l.seq desc limit ${max}`,
    values,
  )
  return rows.map((row) => ({
    execution_id: row.execution_id,
    seq: row.seq,
    timestamp: row.created_at.toISOString(),
    level: row.level,
    message: row.message,
    workflow: { id: row.workflow_id, name: row.workflow_name },
    organization: { id: row.org_id, name: row.org_name },
  }))
}

/** Where the next page begins: after this line. */
export const logCursor = ({ execution_id, seq }: FoundLine): string => `${execution_id}.${seq}`

function readCursor(cursor: string): { executionId: string; seq: number } {
  const [executionId = '', seq = ''] = cursor.split('.')
  if (!isUuid(executionId) || !/^\d{1,9}$/.test(seq))
    throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
  return { executionId, seq: Number(seq) }
}
