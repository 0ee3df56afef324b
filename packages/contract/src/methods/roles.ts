import { z } from 'zod'
import { GrantKind, Role, RoleDetail } from '../routes/roles.ts'
import { method } from './method.ts'

const Id = z.object({ id: z.uuid() })
const Name = z.string().regex(/\S/, 'must not be empty').max(100)
const Description = z.string().max(500).optional()
const Member = Id.extend({ userId: z.uuid() })
const Grant = Id.extend({ kind: GrantKind, resourceId: z.uuid() })
const read = { permission: 'role:read', effect: 'read', where: 'anywhere' } as const
const write = { permission: 'role:write', effect: 'write', where: 'anywhere' } as const

/** `roles.*`, with the rights of the person who started the run. */
export const roleMethods = {
  'roles.list': method({ ...read, errors: [], args: z.object({}), result: z.array(Role) }),
  'roles.get': method({ ...read, errors: [], args: Id, result: RoleDetail.nullable() }),
  'roles.create': method({
    ...write,
    errors: ['already_exists', 'quota_exceeded'],
    args: z.object({ name: Name, description: Description }),
    result: RoleDetail,
  }),
  'roles.update': method({
    ...write,
    errors: ['not_found', 'already_exists'],
    args: Id.extend({ name: Name.optional(), description: Description }),
    result: RoleDetail,
  }),
  'roles.delete': method({ ...write, errors: ['not_found', 'conflict'], args: Id, result: z.null() }),
  'roles.addMember': method({ ...write, errors: ['not_found'], args: Member, result: z.null() }),
  'roles.removeMember': method({ ...write, errors: ['not_found'], args: Member, result: z.null() }),
  'roles.grant': method({ ...write, errors: ['not_found'], args: Grant, result: z.null() }),
  'roles.revoke': method({ ...write, errors: ['not_found'], args: Grant, result: z.null() }),
}
