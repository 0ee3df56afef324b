import { limits } from '@bifrost/contract'
import { nothingFound, type SdkModule } from '../../tenancy/sdk-method.ts'
import type { Users } from './users.ts'

/** `users.*` as user code calls it, with the rights of the person who started the run. Passwords are not for code. */
export const userSdk = (users: Users): SdkModule<'users'> => ({
  // A run sees the people of its organization, whatever its person could see elsewhere.
  'users.list': (scope, { isActive, ...filter }) =>
    users.list(scope, scope.orgId, { ...filter, is_active: isActive, limit: limits.sdkListMax }),
  'users.get': (scope, { id }) => users.get(scope, id).catch(nothingFound),
  'users.create': (scope, user) => users.create(scope, user),
  'users.update': (scope, { id, isActive, ...change }) =>
    users.update(scope, id, { ...change, is_active: isActive }),
  'users.delete': async (scope, { id }) => {
    await users.remove(scope, id)
    return null
  },
})
