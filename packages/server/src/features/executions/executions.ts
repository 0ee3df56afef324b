import type { Json, LogLine } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { deleteExecution, findExecution, findVariables, lastExecutions, listLogs } from './queries.ts'
import { logOf } from './rows.ts'
import { waitForEnd } from './wait-for-end.ts'

export { deleteExecution as forgetExecution, findExecution as findRun, lastExecutions, waitForEnd }

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
