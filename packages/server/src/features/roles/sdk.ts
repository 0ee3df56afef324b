import { GrantKind } from '@bifrost/contract'
import { z } from 'zod'
import { nothingFound, parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import type { Roles } from './roles.ts'

const Id = z.object({ id: z.uuid() })
const Name = z.string().regex(/\S/, 'must not be empty').max(100)
const Description = z.string().max(500).optional()
const Create = z.object({ name: Name, description: Description })
const Change = Id.extend({ name: Name.optional(), description: Description })
const Member = Id.extend({ userId: z.uuid() })
const Granted = Id.extend({ kind: GrantKind, resourceId: z.uuid() })

/** `roles.*` as user code calls it, with the rights of the person who started the run. */
export const roleSdk = (roles: Roles): Record<string, SdkMethod> => ({
  'roles.list': (scope) => roles.list(scope),
  'roles.get': (scope, args) => roles.get(scope, parseArguments('roles', Id, args).id).catch(nothingFound),
  'roles.create': (scope, args) => roles.create(scope, parseArguments('roles', Create, args)),
  'roles.update': (scope, args) => {
    const { id, ...change } = parseArguments('roles', Change, args)
    return roles.update(scope, id, change)
  },
  'roles.delete': async (scope, args) => {
    await roles.remove(scope, parseArguments('roles', Id, args).id)
    return null
  },
  'roles.addMember': (scope, args) => {
    const { id, userId } = parseArguments('roles', Member, args)
    return roles.setMember(scope, id, userId, true)
  },
  'roles.removeMember': (scope, args) => {
    const { id, userId } = parseArguments('roles', Member, args)
    return roles.setMember(scope, id, userId, false)
  },
  'roles.grant': (scope, args) => {
    const { id, ...grant } = parseArguments('roles', Granted, args)
    return roles.setGrant(scope, id, grant, true)
  },
  'roles.revoke': (scope, args) => {
    const { id, ...grant } = parseArguments('roles', Granted, args)
    return roles.setGrant(scope, id, grant, false)
  },
})
