import { z } from 'zod'
import { domainSchema, nameSchema } from '../names.ts'
import { route } from '../route.ts'
import { Id, Nothing } from './common.ts'

const tag = 'Single sign-on'

/** Roles that a new person may get from an identity provider. */
export const newPeopleRoles = ['org_admin', 'developer', 'member', 'external'] as const

/** What platform administrators say of an identity provider. */
const settings = {
  name: nameSchema(100).describe('Text of the button on the sign-in page'),
  issuer: z.url().max(500).describe('Its issuer address; the rest is discovered'),
  client_id: z.string().min(1).max(500),
  client_secret: z.string().min(1).max(2000).nullable().describe('Null: a public client'),
  organization_id: z.uuid().describe('The organization of its people'),
  domains: z
    .array(domainSchema)
    .min(1)
    .max(50)
    .describe('Domains of the email addresses that may sign in with it'),
  new_people_role: z
    .enum(newPeopleRoles)
    .nullable()
    .describe('The role of a new person; null: only invited people may sign in'),
  is_listed: z.boolean().describe('Whether the sign-in page shows it to everyone'),
  is_active: z.boolean(),
  may_be_private: z.boolean().describe('Whether its address may be private and use plain HTTP'),
  is_email_trusted: z
    .boolean()
    .describe(
      'Whether to accept email addresses that it does not mark as verified, for a directory of your own',
    ),
}

const { client_secret: ClientSecret, ...shown } = settings

/** An identity provider without its client secret, which is never shown. */
export const IdentityProvider = z.object({
  id: z.uuid(),
  ...shown,
  domains: z.array(z.string()),
  has_client_secret: z.boolean(),
  organization_name: z.string(),
  created_at: z.iso.datetime(),
})
export type IdentityProvider = z.infer<typeof IdentityProvider>

/** Single sign-on with OpenID Connect. */
export const singleSignOnRoutes = {
  listSignInProviders: route({
    method: 'GET',
    path: '/api/auth/providers',
    permission: 'public',
    tag,
    summary: 'List the identity providers of the sign-in page, and those for the domain of an address',
    query: z.strictObject({ email: z.string().max(254).optional() }),
    response: z.object({ items: z.array(z.object({ id: z.uuid(), name: z.string() })) }),
  }),
  startSingleSignOn: route({
    method: 'GET',
    path: '/api/auth/sso/{id}',
    permission: 'public',
    tag,
    summary: 'Start to sign in with an identity provider; a browser follows the redirect',
    params: Id,
    query: z.strictObject({ next: z.string().max(2000).optional() }),
    status: 302,
    response: Nothing,
  }),
  finishSingleSignOn: route({
    method: 'GET',
    path: '/api/auth/sso/callback',
    permission: 'public',
    tag,
    summary: 'The redirect URL of identity providers',
    query: z.object({}),
    status: 302,
    response: Nothing,
  }),
  listIdentityProviders: route({
    method: 'GET',
    path: '/api/identity-providers',
    permission: 'platform:admin',
    tag,
    summary: 'List identity providers',
    response: z.object({
      items: z.array(IdentityProvider),
      redirect_uri: z.string().describe('The redirect URL to register at the provider'),
      organizations: z.array(z.object({ id: z.uuid(), name: z.string() })),
    }),
  }),
  createIdentityProvider: route({
    method: 'POST',
    path: '/api/identity-providers',
    permission: 'platform:admin',
    tag,
    summary: 'Add an identity provider',
    status: 201,
    body: z.strictObject({
      ...settings,
      client_secret: ClientSecret.optional(),
      new_people_role: settings.new_people_role.optional(),
      is_listed: settings.is_listed.optional(),
      is_active: settings.is_active.optional(),
      may_be_private: settings.may_be_private.optional(),
      is_email_trusted: settings.is_email_trusted.optional(),
    }),
    response: IdentityProvider,
  }),
  updateIdentityProvider: route({
    method: 'PATCH',
    path: '/api/identity-providers/{id}',
    permission: 'platform:admin',
    tag,
    summary: 'Update an identity provider; an absent client secret stays as it is',
    params: Id,
    body: z.strictObject(settings).partial(),
    response: IdentityProvider,
  }),
  deleteIdentityProvider: route({
    method: 'DELETE',
    path: '/api/identity-providers/{id}',
    permission: 'platform:admin',
    tag,
    summary: 'Delete an identity provider; people keep their accounts',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  checkIdentityProvider: route({
    method: 'POST',
    path: '/api/identity-providers/{id}/check',
    permission: 'platform:admin',
    tag,
    summary: 'Test an identity provider: fetch its configuration, as a sign-in does',
    params: Id,
    response: z.object({ problem: z.string().nullable() }),
  }),
} as const
