import { AppError, type Json } from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { requireWithoutSecret, runOf, type SdkModule } from '../../tenancy/sdk-method.ts'

/** Up to where an incremental source was read: a JSON value per organization, workflow and name. */
export const cursorSdk = (db: Database): SdkModule<'cursors'> => ({
  'cursors.get': async (scope, { name }, run) => {
    const [row] = await db
      .as(scope)
      .query<{ value: Json }>(
        'select value from workflow_cursors where org_id = $1 and workflow_id = $2 and name = $3',
        [scope.orgId, await workflowOf(scope, db, runOf(run, 'cursor')), name],
      )
    return row ? { found: true, value: row.value } : { found: false, value: null }
  },
  'cursors.set': async (scope, { name, value }, run) => {
    await requireWithoutSecret('The name of the cursor', name, run)
    const workflowId = await workflowOf(scope, db, runOf(run, 'cursor'))
    const values = [scope.orgId, workflowId, name, await run.redact(JSON.stringify(value))]
    const [known] = await db.as(scope).query(
      `update workflow_cursors set value = $4, updated_at = now()
       where org_id = $1 and workflow_id = $2 and name = $3 returning name`,
      values,
    )
    if (known) return null
    await db.as(scope).transaction((query) =>
      counted(query, 'cursors', scope.orgId, () =>
        query(
          `insert into workflow_cursors (org_id, workflow_id, name, value, updated_at) values ($1, $2, $3, $4, now())
       on conflict (org_id, workflow_id, name) do update set value = excluded.value, updated_at = excluded.updated_at`,
          values,
        ),
      ),
    )
    return null
  },
  'cursors.clear': async (scope, { name }, run) => {
    await db
      .as(scope)
      .query('delete from workflow_cursors where org_id = $1 and workflow_id = $2 and name = $3', [
        scope.orgId,
        await workflowOf(scope, db, runOf(run, 'cursor')),
        name,
      ])
    return null
  },
})

async function workflowOf(scope: OrgScope, db: Database, executionId: string): Promise<string> {
  const [run] = await db
    .as(scope)
    .query<{ workflow_id: string | null }>(
      'select workflow_id from executions where id = $1 and org_id = $2',
      [executionId, scope.orgId],
    )
  if (run?.workflow_id) return run.workflow_id
  throw new AppError('bad_request', 'A cursor belongs to a workflow; inline code has none.')
}
