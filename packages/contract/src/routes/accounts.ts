import { z } from 'zod'
import { limits } from '../limits.ts'
import { nameSchema } from '../names.ts'
import { accountRoles, permissions } from '../permissions.ts'
import { route } from '../route.ts'
import { Id, Nothing } from './common.ts'

const tag = 'Accounts'

/** The signed-in person, and what they may do. */
export const Me = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: z.enum(accountRoles),
  /** Where they act now. */
  organization: z.object({
    id: z.uuid(),
    name: z.string(),
    /** Its short name, which never changes: what the addresses of the web app call it. */
    slug: z.string(),
  }),
  /** `home`, `global`, or the id of the organization that they act for instead of their own. */
  acting: z.string(),
  /** They belong to the organization that runs the installation. */
  is_provider: z.boolean(),
  permissions: z.array(z.enum(permissions)),
  /** Their organization asks for a second factor and they have none: until they add one, they may do nothing else. */
  must_add_factor: z.boolean(),
})
export type Me = z.infer<typeof Me>

/** What has an address of its own in the web app, and belongs to an organization or is global. */
export const ownedKinds = ['execution', 'task', 'form', 'event', 'integration', 'table', 'role'] as const
/** One of `ownedKinds`. */
export type OwnedKind = (typeof ownedKinds)[number]

/** An API key without the key itself, which is shown once, when it is made. */
export const ApiKey = z.object({
  id: z.uuid(),
  name: z.string(),
  /** The first characters, to tell keys apart. */
  prefix: z.string(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime().nullable(),
  /** What it is limited to; null: whatever its person may do. */
  permissions: z.array(z.enum(permissions)).nullable(),
  /** `personal`, or `device` for one that a device login made. */
  kind: z.string(),
})
export type ApiKey = z.infer<typeof ApiKey>

const Email = z.email('must be an email address').max(254)
/** A new password. What else is asked of it is checked when it is set. */
export const NewPassword = z
  .string()
  .min(limits.passwordLengthMin, `must have at least ${limits.passwordLengthMin} characters`)
  .max(limits.passwordLengthMax)

export const accountRoutes = {
  getSetup: route({
    method: 'GET',
    path: '/api/auth/setup',
    permission: 'public',
    tag,
    summary: 'Whether the first administrator is still to be created',
    response: z.object({ needed: z.boolean() }),
  }),
  setUp: route({
    method: 'POST',
    path: '/api/auth/setup',
    permission: 'public',
    tag,
    summary: 'Create the first administrator with the one-time token of the set-up link, and sign in',
    status: 201,
    body: z.strictObject({
      token: z.string().min(1).max(200),
      email: Email,
      name: nameSchema(200),
      password: NewPassword,
      organization: z.string().min(1).max(200).optional(),
    }),
    response: Me,
  }),
  logout: route({
    method: 'POST',
    path: '/api/auth/logout',
    permission: 'signed_in',
    tag,
    summary: 'End this session. The key of a device login is revoked',
    status: 204,
    response: Nothing,
  }),
  getMe: route({
    method: 'GET',
    path: '/api/auth/me',
    permission: 'signed_in',
    tag,
    summary: 'Who is signed in, and what they may do',
    response: Me,
  }),
  findActing: route({
    method: 'GET',
    path: '/api/auth/acting/{kind}/{id}',
    permission: 'signed_in',
    tag,
    summary: 'Find the organization to act for to open a link',
    description:
      'A link to something that belongs to another organization than the one that you act for answers 404. This route names the owner, to people who may act for that organization and may see such items. For others the answer is 404.',
    params: z.object({ kind: z.enum(ownedKinds), id: z.uuid() }),
    response: z.object({
      organization: z
        .object({ id: z.uuid(), name: z.string(), slug: z.string() })
        .nullable()
        .describe('Null: it is global'),
    }),
  }),
  listKeys: route({
    method: 'GET',
    path: '/api/keys',
    permission: 'key:manage',
    tag,
    summary: 'List your API keys',
    response: z.object({ items: z.array(ApiKey) }),
  }),
  createKey: route({
    method: 'POST',
    path: '/api/keys',
    permission: 'key:manage',
    tag,
    summary: 'Create an API key; the key is shown only once',
    status: 201,
    body: z.strictObject({
      name: nameSchema(100),
      expires_in_days: z.int().min(1).max(3650).optional(),
      permissions: z
        .array(z.enum(permissions))
        .min(1)
        .max(permissions.length)
        .optional()
        .describe('Permissions that the key has, out of yours; absent: all of yours'),
    }),
    response: ApiKey.extend({ key: z.string() }),
  }),
  deleteKey: route({
    method: 'DELETE',
    path: '/api/keys/{id}',
    permission: 'key:manage',
    tag,
    summary: 'Revoke an API key at once',
    params: Id,
    status: 204,
    response: Nothing,
  }),
} as const
