import { z } from 'zod'
import { domainSchema } from '../names.ts'
import { Organization } from '../routes/organizations.ts'
import { method } from './method.ts'

const Id = z.object({ id: z.uuid() })
const Name = z.string().regex(/\S/, 'must not be empty').max(200)
const Domain = domainSchema.nullable().optional()
const ParentId = z.uuid().nullable().optional()
// Each asks for the permission of the person who started the run.
const read = { permission: null, effect: 'read', where: 'anywhere' } as const
const write = { permission: null, effect: 'write', where: 'anywhere' } as const

/** `organizations.*`, with the rights of the person who started the run. */
export const organizationMethods = {
  'organizations.list': method({
    ...read,
    errors: [],
    args: z.object({ search: z.string().max(200).optional(), isActive: z.boolean().optional() }),
    result: z.array(Organization),
  }),
  'organizations.get': method({ ...read, errors: [], args: Id, result: Organization.nullable() }),
  'organizations.create': method({
    ...write,
    errors: ['already_exists', 'quota_exceeded'],
    args: z.object({ name: Name, parentId: ParentId, domain: Domain }),
    result: Organization,
  }),
  'organizations.update': method({
    ...write,
    errors: ['not_found', 'already_exists', 'conflict'],
    args: Id.extend({
      name: Name.optional(),
      parentId: ParentId,
      isActive: z.boolean().optional(),
      domain: Domain,
    }),
    result: Organization,
  }),
  'organizations.delete': method({
    ...write,
    errors: ['not_found', 'conflict'],
    args: Id,
    result: z.null(),
  }),
}
