import { AppError, type MethodArgs, type TaskTarget } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { SdkModule } from '../../tenancy/sdk-method.ts'
import { findPerson } from './queries.ts'

/** What a run asks before it waits for a person: whether there is such a person, told as an error of the author's code. */
export const taskSdk = (db: Database): SdkModule<'tasks'> => ({
  'tasks.prepare': async (scope, { assignee, escalateTo }) => ({
    assignee: await resolve(scope, db, assignee),
    escalateTo: escalateTo && (await resolve(scope, db, escalateTo)),
  }),
})

async function resolve(
  scope: OrgScope,
  db: Database,
  target: MethodArgs<'tasks.prepare'>['assignee'],
): Promise<TaskTarget> {
  const role = target?.role ?? null
  if (!target?.user) return { user: null, role }
  const user = await findPerson(scope, db, target.user)
  if (user === null)
    throw new AppError(
      'not_found',
      `screen: no one in your organization has the email address or ID "${target.user}".`,
    )
  return { user, role }
}
