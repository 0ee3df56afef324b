import type { Integration, IntegrationMapping, IntegrationSummary, Json } from '@bifrost/contract'
import { may, type OrgScope } from '../../platform/scope.ts'
import { type Effective, effectiveOf, missingFields } from './effective.ts'
import type { OrganizationMappingRow } from './mapping-queries.ts'
import { mayMap } from './mapping-rights.ts'
import type { IntegrationRow, Settings } from './queries.ts'
import { apart, secretFields } from './secret-fields.ts'

/** What is wrong, in a sentence that says who can fix it; null when nothing is. */
export function problemOf(
  scope: Pick<OrgScope, 'orgName'>,
  integration: IntegrationRow,
  effective: Effective,
): string | null {
  const { name } = integration
  const where = `on the page of the integration ${name}`
  const owner = effective.tokens?.org_name ?? (effective.tokens ? 'the platform' : scope.orgName)
  switch (effective.state) {
    case 'not_configured':
      return `${name} has no credentials for ${scope.orgName}: an administrator must enter them ${where}.`
    case 'not_connected':
      return `${name} is not connected for ${scope.orgName}: an administrator must connect it ${where}.`
    case 'needs_reconnect': {
      const by = effective.tokens?.connected_by_name
      return `${name} must be connected again, since it no longer accepts the access that it granted (${effective.problem}): an administrator of ${owner}${by ? `, or ${by}, who connected it,` : ''} can do that ${where}.`
    }
    case 'connected': {
      const missing = missingFields(integration, effective)
      if (missing.length === 0) return null
      return `${name} has no value for ${missing.join(', ')} for ${scope.orgName}: an administrator must enter it ${where}.`
    }
  }
}

export function summaryOf(
  scope: OrgScope,
  integration: IntegrationRow,
  settings: Settings,
): IntegrationSummary {
  const effective = effectiveOf(integration, settings)
  const { id, org_id, name, description, base_url, auth } = integration
  return {
    id,
    org_id,
    name,
    description,
    base_url,
    auth,
    state: effective.state,
    problem: problemOf(scope, integration, effective),
    entity_id: effective.entityId,
    entity_name: effective.entityName,
  }
}

export function integrationView(
  scope: OrgScope,
  integration: IntegrationRow,
  settings: Settings,
  beside: { uses: readonly { workflow: string; at: Date }[]; redirectUri: string },
): Integration {
  const effective = effectiveOf(integration, settings)
  const own = settings.connections.find(({ org_id }) => org_id === scope.owner)
  const isSecret = secretFields(integration)
  const { tokens, credentials } = effective
  const source = tokens ?? credentials
  return {
    ...summaryOf(scope, integration, settings),
    hosts: integration.hosts,
    auth_settings: integration.auth_settings,
    config_fields: integration.config_fields,
    test_path: integration.test_path,
    mapping_provider: integration.mapping_provider,
    is_own: integration.org_id === scope.owner,
    may_map: may(scope, 'integration:write') && mayMap(scope, integration),
    is_mapped: effective.isMapped,
    config: effective.config,
    secrets: [...effective.secrets.keys()],
    own: own
      ? {
          entity_id: own.entity_id,
          entity_name: own.entity_name,
          config: apart<Json>(own.config, isSecret)[1],
          secrets: own.secret_names.filter((name) => isSecret.has(name)),
          credentials: own.credential_names,
          is_connected: integration.auth === 'oauth' && own.tokens_sealed !== null,
          lend_below: own.is_lent,
        }
      : null,
    credentials: credentials?.credential_names ?? [],
    inherited_from:
      source && source.org_id !== scope.owner
        ? { id: source.org_id, name: source.org_name ?? 'all organizations' }
        : null,
    connected_at: (integration.auth === 'oauth' ? tokens?.connected_at : null)?.toISOString() ?? null,
    connected_by: (integration.auth === 'oauth' ? tokens?.connected_by_name : null) ?? null,
    expires_at: tokens?.token_expires_at?.toISOString() ?? null,
    redirect_uri: integration.auth === 'oauth' ? beside.redirectUri : null,
    used_by: beside.uses.map(({ workflow, at }) => ({ workflow, at: at.toISOString() })),
  }
}

export const mappingView = ({
  org_id,
  org_name,
  updated_at,
  ...row
}: OrganizationMappingRow): IntegrationMapping => ({
  organization_id: org_id,
  organization_name: org_name,
  ...row,
  updated_at: updated_at?.toISOString() ?? null,
})
