import type { GrantKind } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import type { ResourceNames } from './roles.ts'

/** What roles can open the way to, by kind. */
export function resourceNames(
  db: Database,
  workspace: Pick<WorkflowCatalog, 'list'>,
): Readonly<Record<GrantKind, ResourceNames>> {
  const stored = (table: 'tables' | 'forms'): ResourceNames => {
    return async (scope: OrgScope, ids) => {
      const rows = await db
        .as(scope)
        .query<{ id: string; name: string }>(
          `select id, name from ${table} where id = any($1) and (org_id is null or org_id = any($2::uuid[]))`,
          [ids, scope.chain],
        )
      return new Map(rows.map(({ id, name }) => [id, name]))
    }
  }
  return {
    workflow: async (scope, ids) => {
      const wanted = new Set(ids)
      const rows = workspace.list(scope).filter(({ id }) => wanted.has(id))
      return new Map(rows.map(({ id, definition }) => [id, definition.name]))
    },
    form: stored('forms'),
    table: stored('tables'),
  }
}
