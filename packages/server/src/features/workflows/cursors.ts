import { AppError, type Json } from '@bifrost/contract'
import { z } from 'zod'
import { parseArguments, runOf, type SdkMethod } from '../../engine/sdk-method.ts'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

const Name = z.object({ name: z.string().min(1).max(200) })
const Value = Name.extend({ value: z.json() })

/** Up to where an incremental source was read: a JSON value per organisation, workflow and name. */
export const cursorSdk = (db: Database): Record<string, SdkMethod> => ({
  'cursors.get': async (scope, args, run) => {
    const { name } = parseArguments('cursor', Name, args)
    const [row] = await db
      .as(scope)
      .query<{ value: Json }>(
        'select value from workflow_cursors where org_id = $1 and workflow_id = $2 and name = $3',
        [scope.orgId, await workflowOf(scope, db, runOf(run, 'cursor')), name],
      )
    return row ? { found: true, value: row.value } : { found: false, value: null }
  },
  'cursors.set': async (scope, args, run) => {
    const { name, value } = parseArguments('cursor', Value, args)
    await db.as(scope).query(
      `insert into workflow_cursors (org_id, workflow_id, name, value, updated_at) values ($1, $2, $3, $4, now())
       on conflict (org_id, workflow_id, name) do update set value = excluded.value, updated_at = excluded.updated_at`,
      [
        scope.orgId,
        await workflowOf(scope, db, runOf(run, 'cursor')),
        name,
        run.redact(JSON.stringify(value)),
      ],
    )
    return null
  },
  'cursors.clear': async (scope, args, run) => {
    const { name } = parseArguments('cursor', Name, args)
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
