import { limits } from '@bifrost/contract'
import { z } from 'zod'
import { nothingFound, parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import type { Organizations } from './organizations.ts'

const Id = z.object({ id: z.uuid() })
const Name = z.string().regex(/\S/, 'must not be empty').max(200)
const List = z.object({ search: z.string().max(200).optional(), isActive: z.boolean().optional() })
const Create = z.object({ name: Name, parentId: z.uuid().nullable().optional() })
const Change = Id.extend({
  name: Name.optional(),
  parentId: z.uuid().nullable().optional(),
  isActive: z.boolean().optional(),
})

/** `organizations.*` as user code calls it, with the rights of the person who started the run. */
export const organizationSdk = (organizations: Organizations): Record<string, SdkMethod> => ({
  'organizations.list': (scope, args) => {
    const { search, isActive } = parseArguments('organizations', List, args)
    return organizations.list(scope, { search, is_active: isActive, limit: limits.sdkListMax })
  },
  'organizations.get': (scope, args) =>
    organizations.get(scope, parseArguments('organizations', Id, args).id).catch(nothingFound),
  'organizations.create': (scope, args) => {
    const { name, parentId } = parseArguments('organizations', Create, args)
    return organizations.create(scope, { name, parent_id: parentId })
  },
  'organizations.update': (scope, args) => {
    const { id, name, parentId, isActive } = parseArguments('organizations', Change, args)
    return organizations.update(scope, id, { name, parent_id: parentId, is_active: isActive })
  },
  'organizations.delete': async (scope, args) => {
    await organizations.remove(scope, parseArguments('organizations', Id, args).id)
    return null
  },
})
