import { z } from 'zod'
import {
  IntegrationAuthSettings,
  IntegrationCredentials,
  IntegrationField,
  integrationAuths,
  integrationStates,
} from '../integration.ts'
import { limits } from '../limits.ts'
import { nameSchema } from '../names.ts'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { Cursor, Id, Limit, ListScope, Nothing, page } from './common.ts'

const tag = 'Integrations'

const Name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w.-]+( [\w.-]+)*$/, 'may have letters, digits, spaces and . _ -')
const HostName = z
  .string()
  .max(255)
  .regex(
    /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?(:\d{1,5})?$/,
    'must be a host name such as files.example.com or *.example.com',
  )
const definition = {
  description: z.string().max(2000),
  base_url: z.url().max(2000),
  hosts: z.array(HostName).max(50),
  auth_settings: IntegrationAuthSettings,
  config_fields: z.array(IntegrationField).max(50),
  test_path: z.string().max(500).regex(/^\//, 'must begin with /'),
  /** A data provider, by its id or name, that lists what organizations can be at the service. */
  mapping_provider: nameSchema(200).nullable(),
}
const Config = z.record(z.string().max(100), Json)

const EntityText = nameSchema(500)

/** An organization, and what it is at the service; `entity_id` is null when that is not known. */
export const IntegrationMapping = z.object({
  organization_id: z.uuid(),
  organization_name: z.string(),
  /** Itself, then its parent, and so on. */
  path: z.array(z.uuid()),
  entity_id: z.string().nullable(),
  entity_name: z.string().nullable(),
  updated_at: z.iso.datetime().nullable(),
})
export type IntegrationMapping = z.infer<typeof IntegrationMapping>

/** An integration as a list shows it. */
export const IntegrationSummary = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  base_url: z.string(),
  auth: z.enum(integrationAuths),
  /** Null: it is there for every organization. */
  org_id: z.uuid().nullable(),
  /** How it stands for the organization that looks. */
  state: z.enum(integrationStates),
  /** What is wrong, and who can fix it. */
  problem: z.string().nullable(),
  entity_id: z.string().nullable(),
  entity_name: z.string().nullable(),
})
export type IntegrationSummary = z.infer<typeof IntegrationSummary>

/** An integration with its definition, and what the organization that looks has set. Credentials are not part of it. */
export const Integration = IntegrationSummary.extend({
  hosts: z.array(z.string()),
  auth_settings: IntegrationAuthSettings,
  config_fields: z.array(IntegrationField),
  test_path: z.string(),
  /** The data provider that lists what organizations can be at the service; null: the IDs are entered by hand. */
  mapping_provider: z.string().nullable(),
  /** The definition belongs to the scope of the request, which may change it. */
  is_own: z.boolean(),
  /** The caller may say what organizations are at the service. */
  may_map: z.boolean(),
  /** The organization that looks was mapped, itself or through one above it; that counts before what it has entered. */
  is_mapped: z.boolean(),
  /** Names of the secret values that runs get. The values are written, and never answered. */
  secrets: z.array(z.string()),
  /** Values as runs get them: own ones before those of parents, before global ones, before the defaults. */
  config: Config,
  /** What the organization itself has set; the rest is inherited. */
  own: z
    .object({
      entity_id: z.string().nullable(),
      entity_name: z.string().nullable(),
      config: Config,
      /** Names of the secret values that it has set. */
      secrets: z.array(z.string()),
      credentials: z.array(z.string()),
      is_connected: z.boolean(),
      /** Code of the organizations below gets these credentials, too. */
      lend_below: z.boolean(),
    })
    .nullable(),
  /** Which credentials there are, its own or inherited. */
  credentials: z.array(z.string()),
  /** The organization that they are inherited from; null: they are its own, or there are none. `global` has no id. */
  inherited_from: z.object({ id: z.uuid().nullable(), name: z.string() }).nullable(),
  connected_at: z.iso.datetime().nullable(),
  connected_by: z.string().nullable(),
  expires_at: z.iso.datetime().nullable(),
  /** Where the service sends people back to; to be entered there. Null when that is not needed. */
  redirect_uri: z.string().nullable(),
  /** Workflows of this organization that used it, and when for the last time. */
  used_by: z.array(z.object({ workflow: z.string(), at: z.iso.datetime() })),
})
export type Integration = z.infer<typeof Integration>

export const integrationRoutes = {
  listIntegrations: route({
    method: 'GET',
    path: '/api/integrations',
    permission: 'integration:read',
    tag,
    summary: 'List integrations with their state for the organization',
    query: z.object({ scope: ListScope }),
    response: z.object({ items: z.array(IntegrationSummary) }),
  }),
  createIntegration: route({
    method: 'POST',
    path: '/api/integrations',
    permission: 'integration:write',
    tag,
    summary: 'Create an integration',
    description: 'It belongs to the organization that you act for. Created globally, it is available to all.',
    status: 201,
    body: z.strictObject({
      name: Name,
      auth: z.enum(integrationAuths),
      base_url: definition.base_url,
      description: definition.description.optional(),
      hosts: definition.hosts.optional(),
      auth_settings: definition.auth_settings.optional(),
      config_fields: definition.config_fields.optional(),
      test_path: definition.test_path.optional(),
      mapping_provider: definition.mapping_provider.optional(),
    }),
    response: Integration,
  }),
  getIntegration: route({
    method: 'GET',
    path: '/api/integrations/{id}',
    permission: 'integration:read',
    tag,
    summary: 'Get one integration, without its credentials',
    params: Id,
    response: Integration,
  }),
  updateIntegration: route({
    method: 'PATCH',
    path: '/api/integrations/{id}',
    permission: 'integration:write',
    tag,
    summary: 'Update the definition of an integration',
    description:
      'When the addresses or the way of signing in change, stored credentials are deleted, because they were entered for the earlier ones.',
    params: Id,
    body: z.strictObject({
      name: Name.optional(),
      auth: z.enum(integrationAuths).optional(),
      base_url: definition.base_url.optional(),
      description: definition.description.optional(),
      hosts: definition.hosts.optional(),
      auth_settings: definition.auth_settings.optional(),
      config_fields: definition.config_fields.optional(),
      test_path: definition.test_path.optional(),
      mapping_provider: definition.mapping_provider.optional(),
    }),
    response: Integration,
  }),
  deleteIntegration: route({
    method: 'DELETE',
    path: '/api/integrations/{id}',
    permission: 'integration:write',
    tag,
    summary: 'Delete an integration',
    description: 'One in use answers 409 with what uses it; `force` deletes it anyway.',
    params: Id,
    query: z.object({ force: z.boolean().optional() }),
    status: 204,
    response: Nothing,
  }),
  configureIntegration: route({
    method: 'PUT',
    path: '/api/integrations/{id}/connection',
    permission: 'integration:write',
    tag,
    summary: 'Set the external ID, the values and the credentials of the organization',
    description:
      'What is absent stays as it is. Credentials are stored encrypted and never answered; null removes one. They are given to code of the organization alone; with `lend_below`, to code of the organizations below, too, whose developers can then see them.',
    params: Id,
    body: z.strictObject({
      entity_id: nameSchema(500).nullable().optional(),
      entity_name: nameSchema(500).nullable().optional(),
      config: Config.optional(),
      credentials: IntegrationCredentials.optional(),
      lend_below: z.boolean().optional(),
    }),
    response: Integration,
  }),
  listIntegrationMappings: route({
    method: 'GET',
    path: '/api/integrations/{id}/mappings',
    permission: 'integration:read',
    tag,
    summary: 'List organizations with what they are at the service',
    description:
      'Of the organizations that you may act for, those that the integration is available to. `mapped` asks for those with a mapping (`true`) or without one (`false`).',
    params: Id,
    query: z.strictObject({
      search: z.string().max(200).optional(),
      mapped: z.boolean().optional(),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(IntegrationMapping),
  }),
  putIntegrationMappings: route({
    method: 'PUT',
    path: '/api/integrations/{id}/mappings',
    permission: 'integration:write',
    tag,
    summary: 'Say what organizations are at the service',
    description:
      'All of them or none. Organizations that are not named stay as they are; `entity_id` null deletes a mapping. Only people of the organization that has defined the integration, or of one above it, may do this; for a global integration, people of the provider.',
    params: Id,
    body: z.strictObject({
      mappings: z
        .array(
          z.strictObject({
            organization_id: z.uuid(),
            entity_id: EntityText.nullable(),
            entity_name: EntityText.nullable().optional(),
          }),
        )
        .min(1)
        .max(limits.integrationMappingsPerRequestMax),
    }),
    response: z.object({ items: z.array(IntegrationMapping) }),
  }),
  deleteIntegrationMapping: route({
    method: 'DELETE',
    path: '/api/integrations/{id}/mappings/{organization_id}',
    permission: 'integration:write',
    tag,
    summary: 'Delete the mapping of one organization',
    params: Id.extend({ organization_id: z.uuid() }),
    status: 204,
    response: Nothing,
  }),
  disconnectIntegration: route({
    method: 'DELETE',
    path: '/api/integrations/{id}/connection',
    permission: 'integration:write',
    tag,
    summary: 'Delete what the organization has set: values, credentials and tokens',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  connectIntegration: route({
    method: 'POST',
    path: '/api/integrations/{id}/connect',
    permission: 'integration:write',
    tag,
    summary: 'Start to connect: answers the address to open in the same browser',
    description:
      'Needs a session, since the browser comes back with it. The address is valid for one visit within 10 minutes.',
    params: Id,
    response: z.object({ url: z.string() }),
  }),
  finishConnect: route({
    method: 'GET',
    path: '/api/integrations/callback',
    permission: 'public',
    tag,
    summary: 'The redirect URL of the service; redirects to the page of the integration',
    query: z.object({
      code: z.string().max(8000).optional(),
      state: z.string().max(500).optional(),
      iss: z.string().max(2000).optional(),
      error: z.string().max(500).optional(),
      error_description: z.string().max(2000).optional(),
    }),
    response: Nothing,
  }),
  testIntegration: route({
    method: 'POST',
    path: '/api/integrations/{id}/test',
    permission: 'integration:write',
    tag,
    summary: 'Test an integration: call the service once with the credentials of the organization',
    params: Id,
    response: z.object({ ok: z.boolean(), status: z.int().nullable(), message: z.string() }),
  }),
} as const
