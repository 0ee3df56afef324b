import { z } from 'zod'
import { integrationStates } from '../integration.ts'
import { nameSchema } from '../names.ts'
import { Json } from '../parameters.ts'
import { method } from './method.ts'

const Name = z.object({ name: z.string().min(1).max(100) })
const Use = Name.extend({ rejected: z.string().min(1).max(20_000).optional() })

const Token = z.object({
  accessToken: z.string(),
  tokenType: z.string(),
  /** Null when the service gave none. */
  refreshToken: z.string().nullable(),
  /** What the token is good for, as the service said it. */
  scope: z.string().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  clientId: z.string().nullable(),
  /** Null when there is none, and for code that may not read it: the client may belong to an organization above. */
  clientSecret: z.string().nullable(),
  /** As the definition says it; null when the server describes itself at its issuer. */
  tokenUrl: z.string().nullable(),
  /** Those that the definition asks for. */
  scopes: z.array(z.string()),
})
/** Null: it does not use OAuth. */
const OAuth = Token.nullable()
const Shared = z.object({
  integrationId: z.uuid(),
  name: z.string(),
  baseUrl: z.string(),
  entityId: z.string().nullable(),
  entityName: z.string().nullable(),
  config: z.record(z.string(), Json),
})
const secret = {
  permission: 'integration:read',
  effect: 'read',
  where: 'run',
  errors: ['not_found', 'conflict'],
} as const
const mapping = { permission: 'integration:read', where: 'anywhere', errors: ['not_found'] } as const
const EntityText = nameSchema(500)
const Text = z.string().optional()

/** One organization as a service knows it. */
const Mapping = z.object({
  integrationId: z.uuid(),
  organizationId: z.uuid(),
  organizationName: z.string(),
  /** Its ID at the service. */
  entityId: z.string(),
  entityName: z.string().nullable(),
  updatedAt: z.iso.datetime(),
})

/**
 * `integrations.*`. Credentials go to runs alone, whose output is searched for them. The organization is that of the run;
 * `scope`, which every method takes, names another one.
 */
export const integrationMethods = {
  /**
   * What the organization has set, secret values included. Null when there is no integration of this name, when credentials
   * or required values are missing, or when no person has connected it yet. `conflict`: it must be connected again.
   * `forbidden`: what it would give is inherited and not lent to the code that asks.
   */
  'integrations.get': method({ ...secret, args: Use, result: Shared.extend({ oauth: OAuth }).nullable() }),
  /**
   * Refreshes the token now, and answers the new one. `rejected` is the token that the caller has: when another one is stored
   * by then, another run has refreshed it, and that one is answered. `conflict`: it does not use OAuth, or is not connected.
   */
  'integrations.refresh': method({
    ...secret,
    effect: 'write',
    errors: ['not_found', 'conflict', 'unavailable'],
    args: Use,
    result: Token,
  }),
  'integrations.getCredentials': method({
    ...secret,
    args: Use,
    result: z.object({
      apiKey: Text,
      username: Text,
      password: Text,
      token: Text,
      clientId: Text,
      clientSecret: Text,
      oauth: OAuth,
    }),
  }),
  /** `rejected`: the token that the service has refused; another one is fetched if it is still the present one. */
  'integrations.client': method({
    ...secret,
    args: Use,
    result: Shared.extend({
      hosts: z.array(z.string()),
      headers: z.record(z.string(), z.string()),
      query: z.record(z.string(), z.string()),
      token: z.string().nullable(),
    }),
  }),
  'integrations.list': method({
    permission: 'integration:read',
    effect: 'read',
    where: 'anywhere',
    errors: [],
    args: z.object({}),
    result: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        baseUrl: z.string(),
        state: z.enum(integrationStates),
        entityId: z.string().nullable(),
        entityName: z.string().nullable(),
      }),
    ),
  }),
  /** Up to 1,000, by the name of the organization: those that the person who started the run may act for. */
  'integrations.listMappings': method({ ...mapping, effect: 'read', args: Name, result: z.array(Mapping) }),
  /** The one that counts for the organization: its own, or the nearest of those above it. Null when there is none. */
  'integrations.getMapping': method({ ...mapping, effect: 'read', args: Name, result: Mapping.nullable() }),
  /**
   * Sets the one of the organization, which `scope` names. `forbidden`: neither the person nor the code is of the
   * organization that has defined the integration, or above it. An absent `entityName` is stored as null.
   */
  'integrations.upsertMapping': method({
    ...mapping,
    permission: 'integration:write',
    effect: 'write',
    args: Name.extend({ entityId: EntityText, entityName: EntityText.nullable().optional() }),
    result: Mapping,
  }),
  /** Deletes the one of the organization, which `scope` names; answers whether there was one. `forbidden` as above. */
  'integrations.deleteMapping': method({
    ...mapping,
    permission: 'integration:write',
    effect: 'write',
    args: Name,
    result: z.boolean(),
  }),
}
