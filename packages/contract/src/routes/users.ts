import { z } from 'zod'
import { limits } from '../limits.ts'
import { nameSchema } from '../names.ts'
import { accountRoles } from '../permissions.ts'
import { route } from '../route.ts'
import { Cursor, Id, Limit, ListScope, Nothing, page } from './common.ts'

const tag = 'People'
const Role = z.enum(accountRoles)
const Email = z.email('must be an email address').max(254)
const Name = nameSchema(200)
const Named = z.object({ id: z.uuid(), name: z.string() })
const NewPassword = z
  .string()
  .min(limits.passwordLengthMin, `must have at least ${limits.passwordLengthMin} characters`)
  .max(256)

/** A person with an account. */
export const User = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: Role,
  is_active: z.boolean(),
  organization: Named,
  roles: z.array(Named).describe('The roles that this person is a member of'),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime().nullable(),
})
export type User = z.infer<typeof User>

/** An invitation that was not accepted yet. */
export const Invitation = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string().nullable(),
  role: Role,
  organization: Named,
  invited_by: Named.nullable(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  is_expired: z.boolean(),
  mail: z
    .enum(['none', 'waiting', 'sent', 'failed'])
    .describe(
      'State of the invitation email; `none`: this installation sends none, so share the link yourself',
    ),
})
export type Invitation = z.infer<typeof Invitation>

const Invited = Invitation.extend({
  link: z.string().describe('Shown only once; the person who opens it sets the password. It works once'),
})
const Token = z.string().min(1).max(200)

export const userRoutes = {
  listUsers: route({
    method: 'GET',
    path: '/api/users',
    permission: 'user:read',
    tag,
    summary: 'List people',
    query: z.strictObject({
      scope: ListScope,
      search: z.string().max(200).optional().describe('Part of the name or the address'),
      role: Role.optional(),
      is_active: z.boolean().optional(),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(User),
  }),
  getUser: route({
    method: 'GET',
    path: '/api/users/{id}',
    permission: 'user:read',
    tag,
    summary: 'Get one person',
    params: Id,
    response: User,
  }),
  createUser: route({
    method: 'POST',
    path: '/api/users',
    permission: 'user:write',
    tag,
    summary: 'Create an account at once, in the organization that you act for',
    description:
      'For people of the provider, because the answer tells whether an address has an account somewhere in the installation. For others every address answers 409: they invite people or use single sign-on. Without a password, the person cannot sign in with one yet.',
    status: 201,
    body: z.strictObject({
      email: Email,
      name: Name,
      role: Role.optional(),
      password: NewPassword.optional(),
    }),
    response: User,
  }),
  updateUser: route({
    method: 'PUT',
    path: '/api/users/{id}',
    permission: 'user:write',
    tag,
    summary: 'Update a person: name, role, organization, deactivate or reactivate',
    description:
      'Absent members stay as they are. Deactivating and moving end all sessions and API keys at once. No one can give a role above their own, and the last platform administrator stays.',
    params: Id,
    body: z.strictObject({
      name: Name.optional(),
      role: Role.optional(),
      is_active: z.boolean().optional(),
      organization_id: z.uuid().optional(),
    }),
    response: User,
  }),
  deleteUser: route({
    method: 'DELETE',
    path: '/api/users/{id}',
    permission: 'user:write',
    tag,
    summary: 'Delete an account',
    description:
      'History keeps the runs. 409 with `details.used_by` while schedules, tasks or live runs are theirs; deactivate the account instead.',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  listInvitations: route({
    method: 'GET',
    path: '/api/invitations',
    permission: 'user:read',
    tag,
    summary: 'List pending invitations',
    query: z.strictObject({ scope: ListScope }),
    response: z.object({ items: z.array(Invitation) }),
  }),
  createInvitation: route({
    method: 'POST',
    path: '/api/invitations',
    permission: 'user:write',
    tag,
    summary: 'Invite a person into the organization that you act for',
    description:
      'The link is returned only once, and sent by email where email is configured. An earlier invitation of the same address is no longer valid.',
    status: 201,
    body: z.strictObject({
      email: Email,
      name: Name.optional(),
      role: Role.optional(),
      expires_in_days: z.int().min(1).max(limits.invitationDaysMax).optional(),
    }),
    response: Invited,
  }),
  deleteInvitation: route({
    method: 'DELETE',
    path: '/api/invitations/{id}',
    permission: 'user:write',
    tag,
    summary: 'Revoke an invitation',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  showInvitation: route({
    method: 'POST',
    path: '/api/auth/invitation',
    permission: 'public',
    tag,
    summary: 'Get an invitation by the token of its link',
    body: z.strictObject({ token: Token }),
    response: z.object({
      email: z.string(),
      name: z.string().nullable(),
      organization: z.string(),
      invited_by: z.string().nullable(),
      expires_at: z.iso.datetime(),
    }),
  }),
  acceptInvitation: route({
    method: 'POST',
    path: '/api/auth/invitation/accept',
    permission: 'public',
    tag,
    summary: 'Accept an invitation: creates the account with this password',
    status: 201,
    body: z.strictObject({ token: Token, name: Name, password: NewPassword }),
    response: z.object({ email: z.string() }),
  }),
} as const
