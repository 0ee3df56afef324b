import type { MethodArgs } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { type CallingRun, runOf, type SdkModule } from '../../tenancy/sdk-method.ts'
import { requireSecretReader, type SecretOwner } from '../../tenancy/secret-readers.ts'
import type { IntegrationParts } from './parts.ts'
import { type ConnectionRow, noteUse } from './queries.ts'
import type { InUse } from './use.ts'

/** `integrations.*` as user code calls it. Every credential that a run gets is known to its redactor from then on. */
export function integrationSdk(
  db: Database,
  { integrations, use: { use } }: Pick<IntegrationParts, 'integrations' | 'use'>,
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
  return {
    'integrations.get': async (scope, args, run) => {
      const found = await ready(scope, args, run)
      return { ...shared(found), oauth: oauthOf(found) }
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
        oauth: oauthOf(found),
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
  }
}

const ownerOf = (row: ConnectionRow): SecretOwner => ({
  orgId: row.org_id,
  orgName: row.org_name,
  orgSlug: row.org_slug,
  isLent: row.is_lent,
})

const shared = ({ integration, entityId, entityName, config }: InUse) => ({
  name: integration.name,
  baseUrl: integration.base_url,
  entityId,
  entityName,
  config,
})

const oauthOf = ({ tokens }: InUse) =>
  tokens === null
    ? null
    : {
        accessToken: tokens.access_token,
        tokenType: tokens.token_type,
        scope: tokens.scope,
        expiresAt: tokens.expiresAt?.toISOString() ?? null,
      }
