import { asName, labelOf, type TaskSpec } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { storedJson, storedText } from '../../platform/stored-text.ts'
import type { Engine } from '../types.ts'
import type { StepWrite } from './journal.ts'

/**
 * Stores the task that a run waits for, in the transaction that stores the wait. The same place may have had a task
 * before, when the run was sent back: what was said and answered there is kept for the person who gets it again.
 */
export async function insertTask(
  engine: Pick<Engine, 'newId'>,
  query: Query,
  write: StepWrite,
  expiresAt: number | null,
  spec: TaskSpec,
): Promise<void> {
  await query(
    `insert into tasks (id, org_id, execution_id, key, name, title, description, component, props, fields,
       assignee_user, assignee_role, created_at, due_at, expires_at, escalate_at, escalate_user, escalate_role,
       draft, activity, notice)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (select id from users where id = $11 and org_id = $2), $12,
       engine_now(), to_timestamp($13::float8 / 1000), to_timestamp($14::float8 / 1000), to_timestamp($15::float8 / 1000),
       (select id from users where id = $16 and org_id = $2), $17, before.output,
       coalesce(before.activity, '[]') || jsonb_build_array(jsonb_build_object(
         'at', engine_now(), 'by', null, 'action', 'created', 'text', null)),
       case when before.activity -> -1 ->> 'action' = 'sent_back' then 'sent_back' else 'assigned' end
     from (select) one
     left join lateral (
       select output, activity from tasks where execution_id = $3 and key = $4 order by id desc limit 1
     ) before on true
     on conflict (execution_id, key) where status in ('open', 'claimed') do nothing`,
    [
      engine.newId(),
      write.orgId,
      write.executionId,
      write.key,
      write.name,
      asName(storedText(spec.title)) ?? labelOf(write.name),
      spec.description && storedText(spec.description),
      spec.component,
      storedJson(spec.props),
      spec.fields && storedJson(JSON.stringify(spec.fields)),
      spec.assignee.user,
      spec.assignee.role,
      spec.dueAt,
      expiresAt,
      spec.escalate?.at ?? null,
      spec.escalate?.to.user ?? null,
      spec.escalate?.to.role ?? null,
    ],
  )
}
