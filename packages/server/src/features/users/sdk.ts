import { accountRoles, limits } from '@bifrost/contract'
import { z } from 'zod'
import { nothingFound, parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import type { Users } from './users.ts'

const Id = z.object({ id: z.uuid() })
const Name = z.string().regex(/\S/, 'must not be empty').max(200)
const Role = z.enum(accountRoles)
const List = z.object({
  search: z.string().max(200).optional(),
  role: Role.optional(),
  isActive: z.boolean().optional(),
})
const Create = z.object({ email: z.email().max(254), name: Name, role: Role.optional() })
const Change = Id.extend({
  name: Name.optional(),
  role: Role.optional(),
  isActive: z.boolean().optional(),
})

/** `users.*` as user code calls it, with the rights of the person who started the run. Passwords are not for code. */
export const userSdk = (users: Users): Record<string, SdkMethod> => ({
  // A run sees the people of its organisation, whatever its person could see elsewhere.
  'users.list': (scope, args) => {
    const { isActive, ...filter } = parseArguments('users', List, args)
    return users.list(scope, scope.orgId, { ...filter, is_active: isActive, limit: limits.sdkListMax })
  },
  'users.get': (scope, args) => users.get(scope, parseArguments('users', Id, args).id).catch(nothingFound),
  'users.create': (scope, args) => users.create(scope, parseArguments('users', Create, args)),
  'users.update': (scope, args) => {
    const { id, isActive, ...change } = parseArguments('users', Change, args)
    return users.update(scope, id, { ...change, is_active: isActive })
  },
  'users.delete': async (scope, args) => {
    await users.remove(scope, parseArguments('users', Id, args).id)
    return null
  },
})
