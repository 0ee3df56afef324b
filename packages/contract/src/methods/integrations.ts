import { z } from 'zod'
import { integrationStates } from '../integration.ts'
import { Json } from '../parameters.ts'
import { method } from './method.ts'

const Name = z.object({ name: z.string().min(1).max(100) })
const Use = Name.extend({ rejected: z.string().min(1).max(20_000).optional() })

const OAuth = z
  .object({
    accessToken: z.string(),
    tokenType: z.string(),
    scope: z.string().nullable(),
    expiresAt: z.iso.datetime().nullable(),
  })
  .nullable()
const Shared = z.object({
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
const Text = z.string().optional()

/** `integrations.*`. Credentials go to runs alone, whose output is searched for them. */
export const integrationMethods = {
  'integrations.get': method({ ...secret, args: Use, result: Shared.extend({ oauth: OAuth }) }),
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
}
