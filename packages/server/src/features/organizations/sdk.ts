import { limits } from '@bifrost/contract'
import { nothingFound, type SdkModule } from '../../tenancy/sdk-method.ts'
import type { Organizations } from './organizations.ts'

/** `organizations.*` as user code calls it, with the rights of the person who started the run. */
export const organizationSdk = (organizations: Organizations): SdkModule<'organizations'> => ({
  'organizations.list': (scope, { search, isActive }) =>
    organizations.list(scope, { search, is_active: isActive, limit: limits.sdkListMax }),
  'organizations.get': (scope, { id }) => organizations.get(scope, id).catch(nothingFound),
  'organizations.create': (scope, { name, parentId, domain }) =>
    organizations.create(scope, { name, parent_id: parentId, domain }),
  'organizations.update': (scope, { id, name, parentId, isActive, domain }) =>
    organizations.update(scope, id, { name, parent_id: parentId, is_active: isActive, domain }),
  'organizations.delete': async (scope, { id }) => {
    await organizations.remove(scope, id)
    return null
  },
})
