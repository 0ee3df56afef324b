import type { GraphNode } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { Executable } from '../../workspace/types.ts'

/** The outline of a run's own code; when that code is kept no longer, of the workflow as it is now. */
export async function graphOfExecution(
  scope: OrgScope,
  db: Database,
  executionId: string,
): Promise<{ graph: GraphNode[] | null; is_current: boolean }> {
  const [row] = await db.query<{
    workflow_name: string
    executables: Executable[] | null
    definition: Executable | null
  }>(
    `select e.workflow_name, c.executables, w.definition from executions e
     left join code_versions c on c.version = e.code_version left join workflows w on w.id = e.workflow_id
     where e.id = $1 and e.org_id = $2`,
    [executionId, scope.orgId],
  )
  const own = row?.executables?.find(({ name }) => name === row.workflow_name)
  return own
    ? { graph: own.graph ?? null, is_current: false }
    : { graph: row?.definition?.graph ?? null, is_current: true }
}
