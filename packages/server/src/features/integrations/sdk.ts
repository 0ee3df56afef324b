import { AppError, type MethodArgs } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import {
  type CallingRun,
  nothingFound,
  requireWithoutSecret,
  runOf,
  type SdkModule,
} from '../../tenancy/sdk-method.ts'
import { mayReadSecret, requireSecretReader, type SecretOwner } from '../../tenancy/secret-readers.ts'
import { openSecrets } from './credentials.ts'
import type { IntegrationParts } from './parts.ts'
import { type ConnectionRow, type MappingRow, noteUse } from './queries.ts'
import { type InUse, NotSetUpError } from './use.ts'

/** `integrations.*` as user code calls it. Every credential that a run gets is known to its redactor from then on. */
export function integrationSdk(
  db: Database,
  sealer: Sealer,
  { integrations, mappings, use: { use } }: Pick<IntegrationParts, 'integrations' | 'mappings' | 'use'>,
): SdkModule<'integrations'> {
  const ready = async (
    scope: OrgScope,
    { name, rejected }: MethodArgs<'integrations.client'>,
    run: CallingRun,
    needs: 'access' | 'credentials' = 'access',
  ): Promise<InUse> => {
    const found = await use(scope, { name }, rejected)
    // All of these hand credentials to code. What signs requests: tokens where there are some, else what was entered.
    const { credentials, tokens } = found.owners
    for (const row of needs === 'credentials' ? [credentials, tokens] : [tokens ?? credentials])
      if (row) requireSecretReader(scope, run, `What the integration "${name}" signs in with`, ownerOf(row))
    const { username: _, client_id: __, ...secrets } = found.credentials
    run.addSecret(secrets)
    run.addSecret([found.tokens?.access_token, found.applied.headers, found.applied.query])
    await noteUse(scope, db.as(scope).query, found.integration.id, runOf(run, 'integrations'))
    return found
  }
  /** All or none: a value that is missing would be taken for one that no one has set. */
  const secretsFor = (scope: OrgScope, run: CallingRun, { integration, secrets }: InUse) => {
    const values: Record<string, string> = {}
    for (const [name, row] of secrets) {
      requireSecretReader(scope, run, `The value "${name}" of ${integration.name}`, ownerOf(row))
      values[name] = openSecrets(sealer, row)[name] ?? ''
    }
    run.addSecret(values)
    return values
  }
  const oauthFor = (
    scope: OrgScope,
    run: CallingRun,
    { integration, tokens, credentials, owners }: InUse,
  ) => {
    if (tokens === null) return null
    const isOwnClient = owners.credentials === null || mayReadSecret(scope, run, ownerOf(owners.credentials))
    const { token_url: tokenUrl = null, scopes = [] } = integration.auth_settings
    run.addSecret([tokens.refresh_token])
    return {
      accessToken: tokens.access_token,
      tokenType: tokens.token_type,
      refreshToken: tokens.refresh_token,
      scope: tokens.scope,
      expiresAt: tokens.expiresAt?.toISOString() ?? null,
      clientId: credentials['client_id'] ?? null,
      clientSecret: (isOwnClient ? credentials['client_secret'] : null) ?? null,
      tokenUrl,
      scopes,
    }
  }
  return {
    'integrations.get': async (scope, args, run) => {
      const found = await ready(scope, args, run).catch(nothingSetUp)
      if (!found) return null
      const { config, ...setup } = shared(found)
      const secrets = secretsFor(scope, run, found)
      return { ...setup, config: { ...config, ...secrets }, oauth: oauthFor(scope, run, found) }
    },
    'integrations.refresh': async (scope, { name, rejected }, run) => {
      const before = rejected ?? (await ready(scope, { name }, run)).tokens?.access_token
      const found = await ready(scope, { name, rejected: before }, run)
      const oauth = oauthFor(scope, run, found)
      if (!oauth) throw new AppError('conflict', `${found.integration.name} does not use OAuth.`)
      // While the token is good for some seconds, a server that cannot be reached is no reason to fail a run; here it is.
      if (oauth.accessToken === before)
        throw new AppError(
          'unavailable',
          `The authorization server of ${found.integration.name} did not issue another token. Try again later.`,
        )
      return oauth
    },
    'integrations.getCredentials': async (scope, args, run) => {
      const found = await ready(scope, args, run, 'credentials')
      const { api_key, username, password, token, client_id, client_secret } = found.credentials
      return {
        apiKey: api_key,
        username,
        password,
        token,
        clientId: client_id,
        clientSecret: client_secret,
        oauth: oauthFor(scope, run, found),
      }
    },
    'integrations.client': async (scope, args, run) => {
      const found = await ready(scope, args, run)
      return {
        ...shared(found),
        hosts: found.integration.hosts,
        ...found.applied,
        token: found.tokens?.access_token ?? null,
      }
    },
    'integrations.list': async (scope) =>
      (await integrations.list(scope, undefined)).map(
        ({ name, description, base_url, state, entity_id, entity_name }) => ({
          name,
          description,
          baseUrl: base_url,
          state,
          entityId: entity_id,
          entityName: entity_name,
        }),
      ),
    'integrations.listMappings': async (scope, { name }) =>
      (await mappings.listOfRun(scope, name)).map(mappingOf),
    'integrations.getMapping': async (scope, { name }) => {
      const found = await mappings.nearest(scope, name)
      return found && mappingOf(found)
    },
    'integrations.upsertMapping': async (scope, { name, entityId, entityName = null }, run) => {
      await requireWithoutSecret('The entity', entityId, run)
      await requireWithoutSecret('The name of the entity', entityName ?? undefined, run)
      await mappings.setOfRun(scope, run, name, { id: entityId, name: entityName })
      const found = await mappings.nearest(scope, name)
      if (!found) throw new AppError('conflict', 'The mapping was deleted in the meantime.')
      return mappingOf(found)
    },
    'integrations.deleteMapping': (scope, { name }, run) => mappings.setOfRun(scope, run, name, null),
  }
}

const ownerOf = (row: ConnectionRow): SecretOwner => ({
  orgId: row.org_id,
  orgName: row.org_name,
  orgSlug: row.org_slug,
  isLent: row.is_lent,
})

const shared = ({ integration, entityId, entityName, config }: InUse) => ({
  integrationId: integration.id,
  name: integration.name,
  baseUrl: integration.base_url,
  entityId,
  entityName,
  config,
})

const mappingOf = (row: MappingRow) => ({
  integrationId: row.integration_id,
  organizationId: row.org_id,
  organizationName: row.org_name,
  entityId: row.entity_id,
  entityName: row.entity_name,
  updatedAt: row.updated_at.toISOString(),
})

/** Null for what is not there, or was not set up; other errors are thrown. */
function nothingSetUp(error: unknown): null {
  return error instanceof NotSetUpError ? null : nothingFound(error)
}
