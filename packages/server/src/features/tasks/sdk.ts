import { AppError, accountRoles, type TaskTarget } from '@bifrost/contract'
import { z } from 'zod'
import { parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { findPerson } from './queries.ts'

const Target = z.strictObject({
  user: z.string().min(1).max(254).nullish(),
  role: z.enum(accountRoles, { error: `must be one of ${accountRoles.join(', ')}` }).nullish(),
})
const Prepare = z.object({ assignee: Target.nullable(), escalateTo: Target.nullable() })

/** What a run asks before it waits for a person: whether there is such a person, told as an error of the author's code. */
export const taskSdk = (db: Database): Record<string, SdkMethod> => ({
  'tasks.prepare': async (scope, args) => {
    const { assignee, escalateTo } = parseArguments('screen', Prepare, args)
    return {
      assignee: await resolve(scope, db, assignee),
      escalateTo: escalateTo && (await resolve(scope, db, escalateTo)),
    }
  },
})

async function resolve(
  scope: OrgScope,
  db: Database,
  target: z.infer<typeof Target> | null,
): Promise<TaskTarget> {
  const role = target?.role ?? null
  if (!target?.user) return { user: null, role }
  const user = await findPerson(scope, db, target.user)
  if (user === null)
    throw new AppError(
      'not_found',
      `screen: nobody in your organisation has the e-mail address or id "${target.user}".`,
    )
  return { user, role }
}
