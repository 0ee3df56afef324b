import { z } from 'zod'
import { limits } from '../limits.ts'
import { nameSchema } from '../names.ts'
import { accountRoles } from '../permissions.ts'
import { route } from '../route.ts'
import { Cursor, Id, Limit, ListScope, Nothing, page } from './common.ts'

const tag = 'People'
const Role = z.enum(accountRoles)
const Email = z.email('must be an e-mail address').max(254)
const Name = nameSchema(200)
const Named = z.object({ id: z.uuid(), name: z.string() })
const NewPassword = z
  .string()
  .min(limits.passwordLengthMin, `must have at least ${limits.passwordLengthMin} characters`)
  .max(256)

/** Somebody with an account. */
export const User = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: Role,
  is_active: z.boolean(),
  organization: Named,
  roles: z.array(Named).describe('The roles whose member this person is'),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime().nullable(),
})
export type User = z.infer<typeof User>

/** An invitation that nobody has accepted yet. */
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
    .describe('What became of the mail; `none`: this installation sends none, so hand on the link'),
})
export type Invitation = z.infer<typeof Invitation>

const Invited = Invitation.extend({
  link: z.string().describe('Shown only this once; the person who opens it sets the password. It works once'),
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
      'For people of the provider: an address has one account in the whole installation, and this tells whether it has. For the others every address answers 409: they invite people, or let single sign-on bring them. Without a password nobody can sign in with one yet.',
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
    summary: 'Rename somebody, change the role, deactivate, reactivate, or move to another organization',
    description:
      'Absent members stay as they are. Deactivating, and moving, end all sessions and API keys at once. Nobody gives a role above their own, and the last platform administrator stays.',
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
    summary: 'List invitations that nobody has accepted yet',
    query: z.strictObject({ scope: ListScope }),
    response: z.object({ items: z.array(Invitation) }),
  }),
  createInvitation: route({
    method: 'POST',
    path: '/api/invitations',
    permission: 'user:write',
    tag,
    summary: 'Invite somebody into the organization that you act for',
    description:
      'The link is answered this once, and sent by mail where the installation can. An earlier invitation of the same address is no longer valid.',
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
    summary: 'Take an invitation back',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  showInvitation: route({
    method: 'POST',
    path: '/api/auth/invitation',
    permission: 'public',
    tag,
    summary: 'What an invitation is for, by the token of its link',
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
