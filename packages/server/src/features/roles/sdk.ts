import { nothingFound, type SdkModule } from '../../tenancy/sdk-method.ts'
import type { Roles } from './roles.ts'

/** `roles.*` as user code calls it, with the rights of the person who started the run. */
export const roleSdk = (roles: Roles): SdkModule<'roles'> => ({
  'roles.list': (scope) => roles.list(scope),
  'roles.get': (scope, { id }) => roles.get(scope, id).catch(nothingFound),
  'roles.create': (scope, role) => roles.create(scope, role),
  'roles.update': (scope, { id, ...change }) => roles.update(scope, id, change),
  'roles.delete': async (scope, { id }) => {
    await roles.remove(scope, id)
    return null
  },
  'roles.addMember': async (scope, { id, userId }) => {
    await roles.setMember(scope, id, userId, true)
    return null
  },
  'roles.removeMember': async (scope, { id, userId }) => {
    await roles.setMember(scope, id, userId, false)
    return null
  },
  'roles.grant': async (scope, { id, ...grant }) => {
    await roles.setGrant(scope, id, grant, true)
    return null
  },
  'roles.revoke': async (scope, { id, ...grant }) => {
    await roles.setGrant(scope, id, grant, false)
    return null
  },
})
