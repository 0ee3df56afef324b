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
  const [row] = await db.as(scope).query<{
    workflow_name: string
    code_version: string | null
    definition: Executable | null
  }>(
    `select e.workflow_name, e.code_version, w.definition from executions e left join workflows w on w.id = e.workflow_id
     where e.id = $1 and e.org_id = $2`,
    [executionId, scope.orgId],
  )
  // Code has no organization; everyone who sees the run may see the outline of its code.
  const [code] = await db.query<{ executables: Executable[] }>(
    'select executables from code_versions where version = $1',
    [row?.code_version ?? null],
  )
  const own = code?.executables.find(({ name }) => name === row?.workflow_name)
  return own
    ? { graph: own.graph ?? null, is_current: false }
    : { graph: row?.definition?.graph ?? null, is_current: true }
}
