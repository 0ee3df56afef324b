import { z } from 'zod'
import { accountRoles } from '../permissions.ts'
import { TaskTarget } from '../task.ts'
import { method } from './method.ts'

const Target = z.strictObject({
  user: z.string().min(1).max(254).nullish(),
  role: z.enum(accountRoles).nullish(),
})

/** What `screen()` asks before it waits for a person. */
export const taskMethods = {
  'tasks.prepare': method({
    permission: null,
    effect: 'read',
    where: 'anywhere',
    errors: ['not_found'],
    label: 'screen',
    args: z.object({ assignee: Target.nullable(), escalateTo: Target.nullable() }),
    result: z.object({ assignee: TaskTarget, escalateTo: TaskTarget.nullable() }),
  }),
}
