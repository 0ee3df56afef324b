import { z } from 'zod'
import { nameSchema } from './names.ts'
import { Json } from './parameters.ts'

/** How an integration proves who calls. */
export const integrationAuths = ['none', 'api_key', 'basic', 'bearer', 'oauth', 'client_credentials'] as const
/** One of the ways of `integrationAuths`. */
export type IntegrationAuth = (typeof integrationAuths)[number]

const Address = z.url().max(2000)
const Scopes = z.array(z.string().min(1).max(500)).max(100)

/** What the way of an integration needs to know; which members count depends on the way. */
export const IntegrationAuthSettings = z.strictObject({
  /** Of `api_key`: where the key goes; a header when absent. */
  in: z.enum(['header', 'query']).optional(),
  /** Of `api_key`: the name of the header or of the query parameter. */
  name: nameSchema(100).optional(),
  /** Of `api_key`: what stands before the key, such as `Token`. */
  prefix: z.string().max(50).optional(),
  /** Of `oauth` and `client_credentials`: where the server describes itself; it gives the two addresses below. */
  issuer: Address.optional(),
  authorize_url: Address.optional(),
  token_url: Address.optional(),
  scopes: Scopes.optional(),
  /** How the client signs in at the token address; in the body when absent. */
  client_auth: z.enum(['post', 'basic', 'none']).optional(),
  /** Further parameters of the authorization request, such as `access_type: offline`; of the token request with `client_credentials`. */
  parameters: z.record(z.string().max(100), z.string().max(1000)).optional(),
})
export type IntegrationAuthSettings = z.infer<typeof IntegrationAuthSettings>

/** What a value of an integration may be; a `secret` is text that is stored encrypted and never answered. */
export const integrationFieldTypes = ['string', 'number', 'boolean', 'json', 'secret'] as const

/** A value that each organization sets for itself, such as a region. */
export const IntegrationField = z.strictObject({
  name: z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'must begin with a letter and have letters, digits and _'),
  type: z.enum(integrationFieldTypes),
  description: z.string().max(500).optional(),
  required: z.boolean().optional(),
  default: Json.optional(),
})
export type IntegrationField = z.infer<typeof IntegrationField>

/**
 * `connected`: runs can use it. `not_configured`: credentials are missing. `not_connected`: a person has to allow access at
 * the service. `needs_reconnect`: the service revoked the access.
 */
export const integrationStates = ['connected', 'not_configured', 'not_connected', 'needs_reconnect'] as const
/** One of `integrationStates`. */
export type IntegrationState = (typeof integrationStates)[number]

/** What belongs to each way of signing in. The values are written, and never answered. */
export const IntegrationCredentials = z.strictObject({
  api_key: z.string().min(1).max(10_000).nullable().optional(),
  username: z.string().min(1).max(1000).nullable().optional(),
  password: z.string().min(1).max(10_000).nullable().optional(),
  token: z.string().min(1).max(10_000).nullable().optional(),
  client_id: z.string().min(1).max(1000).nullable().optional(),
  client_secret: z.string().min(1).max(10_000).nullable().optional(),
})
export type IntegrationCredentials = z.infer<typeof IntegrationCredentials>

/**
 * Which credentials a way needs, and which it may have.
 * @example credentialsOf.basic // { required: ['username', 'password'], optional: [] }
 */
export const credentialsOf: Record<
  IntegrationAuth,
  { required: readonly (keyof IntegrationCredentials)[]; optional: readonly (keyof IntegrationCredentials)[] }
> = {
  none: { required: [], optional: [] },
  api_key: { required: ['api_key'], optional: [] },
  basic: { required: ['username', 'password'], optional: [] },
  bearer: { required: ['token'], optional: [] },
  oauth: { required: ['client_id'], optional: ['client_secret'] },
  client_credentials: { required: ['client_id', 'client_secret'], optional: [] },
}

/**
 * Whether credentials of an integration may go to an address: to the host of its base address and to those it names, by
 * https, or by http where the base address has it. `*.example.com` names every host below, and not `example.com` itself.
 * @example isOwnHost({ baseUrl: 'https://api.example.com/v1', hosts: ['*.files.example.com'] }, new URL('https://a.files.example.com/')) // true
 */
export function isOwnHost(
  { baseUrl, hosts }: { baseUrl: string; hosts: readonly string[] },
  address: URL,
): boolean {
  const base = new URL(baseUrl)
  if (address.username !== '' || address.password !== '') return false
  if (address.protocol !== 'https:' && address.protocol !== base.protocol) return false
  if (address.protocol === base.protocol && address.host === base.host) return true
  return hosts.some((host) => {
    const named = host.toLowerCase()
    return named.startsWith('*.')
      ? address.host.length > named.length - 1 && address.host.endsWith(named.slice(1))
      : address.host === named
  })
}
