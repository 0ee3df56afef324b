import { z } from 'zod'
import { accountRoles } from '../permissions.ts'
import { User } from '../routes/users.ts'
import { method } from './method.ts'

const Id = z.object({ id: z.uuid() })
const Name = z.string().regex(/\S/, 'must not be empty').max(200)
const Role = z.enum(accountRoles)
const read = { permission: 'user:read', effect: 'read', where: 'anywhere' } as const
const write = { permission: 'user:write', effect: 'write', where: 'anywhere' } as const

/** `users.*`, with the rights of the person who started the run. Passwords are not for code. */
export const userMethods = {
  'users.list': method({
    ...read,
    errors: [],
    args: z.object({
      search: z.string().max(200).optional(),
      role: Role.optional(),
      isActive: z.boolean().optional(),
    }),
    result: z.array(User),
  }),
  'users.get': method({ ...read, errors: [], args: Id, result: User.nullable() }),
  'users.create': method({
    ...write,
    errors: ['already_exists', 'conflict', 'quota_exceeded'],
    args: z.object({ email: z.email().max(254), name: Name, role: Role.optional() }),
    result: User,
  }),
  'users.update': method({
    ...write,
    errors: ['not_found', 'conflict'],
    args: Id.extend({ name: Name.optional(), role: Role.optional(), isActive: z.boolean().optional() }),
    result: User,
  }),
  'users.delete': method({ ...write, errors: ['not_found', 'conflict'], args: Id, result: z.null() }),
}
