import { AppError, limits } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { isUuid } from '../../platform/ids.ts'
import { type OrgScope, requirePermission } from '../../platform/scope.ts'
import type { SdkModule } from '../../tenancy/sdk-method.ts'
import { findExecution, listExecutions, listLogs } from './queries.ts'
import { detailOf, logOf, type SummaryRow, summaryOf } from './rows.ts'

const LINES_DEFAULT = 1000

/** `executions.*` as user code calls it: what the person who started the run may see in the history. */
export function executionSdk(db: Database): SdkModule<'executions'> {
  const find = async (scope: OrgScope, id: string) => {
    requirePermission(scope, 'execution:read')
    return isUuid(id) ? findExecution(scope, db, id) : null
  }
  return {
    'executions.list': async (scope, { cursor, limit = limits.pageSizeDefault, ...filter }) => {
      requirePermission(scope, 'execution:read')
      const rows = await listExecutions(scope, db, { ...filter, before: cursor, limit: limit + 1 })
      const items = rows.slice(0, limit)
      return {
        items: items.map((row) => infoOf(scope, row)),
        nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
      }
    },
    'executions.get': async (scope, { id }) => {
      const row = await find(scope, id)
      if (!row) return null
      const { input, result, reason, parent_id } = detailOf(scope, row, null)
      return { ...infoOf(scope, row), input, result, reason, parentId: parent_id }
    },
    'executions.logs': async (scope, { id, after = 0, limit = LINES_DEFAULT, ...filter }) => {
      if (!(await find(scope, id))) throw new AppError('not_found', 'There is no such run.')
      return (await listLogs(scope, db, id, { ...filter, after, limit })).map(logOf)
    },
  }
}

function infoOf(scope: OrgScope, row: SummaryRow) {
  const summary = summaryOf(scope, row)
  return {
    id: summary.id,
    workflowId: summary.workflow_id,
    workflowName: summary.workflow_name,
    status: summary.status,
    trigger: summary.trigger,
    startedBy: summary.started_by,
    createdAt: summary.created_at,
    startedAt: summary.started_at,
    endedAt: summary.ended_at,
    durationMs: summary.duration_ms,
    attempt: summary.attempt,
    error: summary.error,
    columns: summary.columns,
  }
}
