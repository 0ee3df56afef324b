import { AppError, type Json, type LogLine } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import {
  countExecutions,
  deleteExecution,
  findExecution,
  findVariables,
  lastExecutions,
  listExecutions,
  listLogs,
} from './queries.ts'
import { type DetailRow, logOf } from './rows.ts'
import { waitForEnd } from './wait-for-end.ts'

export { conditionsOf, type RunFilter } from './filter.ts'
export {
  countExecutions as countRuns,
  type DetailRow,
  deleteExecution as forgetExecution,
  findExecution as findRun,
  lastExecutions,
  listExecutions as listRuns,
  waitForEnd,
}

const LINES_MAX = 10_000

/** What a developer who waits for a run wants to see with its answer. */
export async function executionDetails(
  scope: OrgScope,
  db: Database,
  id: string,
): Promise<{ logs: LogLine[]; variables: Record<string, Json> }> {
  const [logs, variables] = await Promise.all([
    listLogs(scope, db, id, { after: 0, limit: LINES_MAX }),
    findVariables(scope, db, id),
  ])
  return { logs: logs.map(logOf), variables }
}

/** The run of that id; throws `not_found`. */
export async function requireRun(scope: OrgScope, db: Database, id: string): Promise<DetailRow> {
  const row = await findExecution(scope, db, id)
  if (!row) throw new AppError('not_found', 'There is no such run.')
  return row
}

/** A person interfered with a run; a run that is started is in the history, which says who started it. */
export const noteRun = (
  scope: OrgScope,
  db: Database,
  action: `execution.${string}`,
  row: Pick<DetailRow, 'id' | 'workflow_name'>,
  after?: Json,
) =>
  audit(db.as(scope).query, scope, {
    action,
    target: { type: 'execution', id: row.id, name: row.workflow_name },
    ...(after === undefined ? {} : { after }),
  })
