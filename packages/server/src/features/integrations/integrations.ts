import {
  AppError,
  type Integration,
  type IntegrationCredentials,
  type IntegrationSummary,
  type Json,
} from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import type { Egress } from '../../platform/egress/egress.ts'
import { newId } from '../../platform/ids.ts'
import { listScope, type OrgScope } from '../../platform/scope.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { openCredentials, openSecrets, sealCredentials, sealSecrets } from './credentials.ts'
import { checkConfig, checkCredentials, checkDefinition, whereCredentialsGo } from './definition.ts'
import type { AllowOf } from './oauth.ts'
import {
  type Definition,
  deleteConnection,
  deleteIntegration,
  findIntegration,
  type IntegrationRow,
  insertIntegration,
  listConnections,
  listInheritedMappings,
  listIntegrations,
  listUses,
  type Settings,
  settingsOf,
  updateIntegration,
  upsertConnection,
  usersOf,
} from './queries.ts'
import { apart, sealWhatBecameSecret, secretFields } from './secret-fields.ts'
import { integrationView, summaryOf } from './view.ts'

export interface Integrations {
  list(scope: OrgScope, asked: string | undefined): Promise<IntegrationSummary[]>
  /** By id or by name; a 404 when there is none that may be seen. */
  find(scope: OrgScope, by: { id: string } | { name: string }): Promise<IntegrationRow>
  settings(scope: OrgScope, integration: IntegrationRow): Promise<Settings>
  view(scope: OrgScope, id: string, origin: string): Promise<Integration>
  create(scope: OrgScope, definition: Definition): Promise<string>
  update(scope: OrgScope, id: string, changes: Partial<Definition>): Promise<void>
  delete(scope: OrgScope, id: string, force: boolean): Promise<void>
  configure(scope: OrgScope, id: string, settings: OwnSettings): Promise<void>
  disconnect(scope: OrgScope, id: string): Promise<void>
  redirectUri(origin: string): string
}

/** What an organization sets; what is absent stays. */
export interface OwnSettings {
  entity_id?: string | null | undefined
  entity_name?: string | null | undefined
  config?: Record<string, Json> | undefined
  credentials?: IntegrationCredentials | undefined
  /** Code of the organizations below gets the credentials, too. */
  lend_below?: boolean | undefined
}

export const CALLBACK_PATH = '/api/integrations/callback'

export function createIntegrations(parts: {
  db: Database
  sealer: Sealer
  egress: Egress
  allowOf: AllowOf
  /** Where people reach the platform; null: where the request came to. */
}): Integrations {
  const { db, sealer, egress, allowOf } = parts

  const find: Integrations['find'] = async (scope, by) => {
    const found = await findIntegration(scope, db.as(scope).query, by)
    if (found) return found
    throw new AppError(
      'not_found',
      'id' in by
        ? 'There is no such integration.'
        : `There is no integration "${by.name}" for ${scope.orgName}. The page Integrations lists all integrations.`,
    )
  }
  const own = async (scope: OrgScope, id: string): Promise<IntegrationRow> => {
    const found = await find(scope, { id })
    if (found.org_id !== scope.owner)
      throw new AppError(
        'forbidden',
        found.org_id === null
          ? `${found.name} is global. Only the provider can change it.`
          : `${found.name} belongs to the organization above yours. Only that organization can change it.`,
      )
    return found
  }
  const redirectUri = (origin: string) => origin + CALLBACK_PATH
  const taken = (name: string) =>
    new AppError('already_exists', `There is already an integration "${name}". Choose another name.`)

  return {
    async list(scope, asked) {
      const list = listScope(scope, asked)
      const { query } = db.as(scope, list)
      const integrations = await listIntegrations(scope, query, list)
      const ids = integrations.map(({ id }) => id)
      const [connections, mappings] = await Promise.all([
        listConnections(scope, query, ids),
        listInheritedMappings(scope, query, ids),
      ])
      return integrations.map((integration) => {
        const isOfIt = (row: { integration_id: string }) => row.integration_id === integration.id
        return summaryOf(scope, integration, {
          connections: connections.filter(isOfIt),
          mappings: mappings.filter(isOfIt),
        })
      })
    },
    find,
    settings: (scope, { id }) => settingsOf(scope, db, id),
    async view(scope, id, origin) {
      const integration = await find(scope, { id })
      const [settings, uses] = await Promise.all([
        settingsOf(scope, db, id),
        listUses(scope, db.as(scope).query, id),
      ])
      return integrationView(scope, integration, settings, { uses, redirectUri: redirectUri(origin) })
    },
    async create(scope, definition) {
      checkDefinition(definition, egress, allowOf(scope.owner))
      const id = newId()
      await db.as(scope).transaction(async (query) => {
        if (!(await insertIntegration(scope, query, id, definition))) throw taken(definition.name)
        await audit(query, scope, {
          action: 'integration.create',
          target: { type: 'integration', id, name: definition.name },
          after: definition as unknown as Json,
        })
      })
      return id
    },
    async update(scope, id, changes) {
      const before = await own(scope, id)
      const { id: _, org_id: __, ...known } = before
      const after: Definition = { ...known, ...changes }
      checkDefinition(after, egress, allowOf(scope.owner))
      const moves = whereCredentialsGo(known) !== whereCredentialsGo(after)
      await db
        .as(scope)
        .transaction(async (query) => {
          await updateIntegration(scope, query, id, after)
          await audit(query, scope, {
            action: 'integration.update',
            target: { type: 'integration', id, name: after.name },
            before: known as unknown as Json,
            after: after as unknown as Json,
          })
        })
        .catch((error: unknown) => {
          throw (error as { code?: unknown }).code === '23505' ? taken(after.name) : error
        })
      // Also those of organizations below: they entered them for where the integration went before.
      if (moves)
        await db.query(
          `update integration_connections set credentials_sealed = null, credential_names = '{}', tokens_sealed = null,
             secrets_sealed = null, secret_names = '{}',
             token_expires_at = null, token_version = token_version + 1, problem = null, problem_at = null
           where integration_id = $1`,
          [id],
        )
      await sealWhatBecameSecret(db, sealer, known, { id, ...after })
    },
    async delete(scope, id, force) {
      const integration = await own(scope, id)
      // Whose they are is not told, but how many there are counts: so this looks at all rows.
      const users = await usersOf(scope, db.query, id)
      if (!force) refuseInUse(integration, users)
      await db.as(scope).transaction(async (query) => {
        await deleteIntegration(scope, query, id)
        await audit(query, scope, {
          action: 'integration.delete',
          target: { type: 'integration', id, name: integration.name },
          before: { name: integration.name, base_url: integration.base_url, ...users },
        })
      })
    },
    async configure(scope, id, settings) {
      const integration = await find(scope, { id })
      checkConfig(integration, settings.config ?? {})
      checkCredentials(integration, settings.credentials ?? {})
      const { connections } = await settingsOf(scope, db, id)
      const before = connections.find(({ org_id }) => org_id === scope.owner)
      const kept = before ? openCredentials(sealer, before) : {}
      const credentials = present({ ...kept, ...settings.credentials })
      const names = Object.keys(credentials)
      const isSecret = secretFields(integration)
      const [givenSecrets, givenConfig] = apart(settings.config ?? {}, isSecret)
      const [keptSecrets] = apart(before ? openSecrets(sealer, before) : {}, isSecret)
      const secrets = present({ ...keptSecrets, ...givenSecrets }) as Record<string, string>
      const [, config] = apart(
        present({ ...before?.config, ...givenConfig }) as Record<string, Json>,
        isSecret,
      )
      const changed = Object.keys(settings.credentials ?? {})
      const owner = { integration_id: id, org_id: scope.owner }
      const after = {
        entity_id: settings.entity_id === undefined ? (before?.entity_id ?? null) : settings.entity_id,
        entity_name:
          settings.entity_name === undefined ? (before?.entity_name ?? null) : settings.entity_name,
        config,
        credential_names: names,
        secret_names: Object.keys(secrets),
        is_lent: settings.lend_below ?? before?.is_lent ?? false,
      }
      await db.as(scope).transaction(async (query) => {
        await upsertConnection(scope, query, newId(), id, {
          ...after,
          credentials_sealed: names.length > 0 ? sealCredentials(sealer, owner, credentials) : null,
          secrets_sealed: Object.keys(secrets).length > 0 ? sealSecrets(sealer, owner, secrets) : null,
          // Tokens were given to the client that asked for them.
          dropsTokens: changed.length > 0,
        })
        await audit(query, scope, {
          action: 'integration.configure',
          target: { type: 'integration', id, name: integration.name },
          ...(before
            ? {
                before: {
                  entity_id: before.entity_id,
                  entity_name: before.entity_name,
                  config: apart(before.config, isSecret)[1],
                  credential_names: before.credential_names,
                  secret_names: before.secret_names,
                  is_lent: before.is_lent,
                },
              }
            : {}),
          after: { ...after, credentials_changed: changed, secrets_changed: Object.keys(givenSecrets) },
        })
      })
    },
    async disconnect(scope, id) {
      const integration = await find(scope, { id })
      await db.as(scope).transaction(async (query) => {
        if (!(await deleteConnection(scope, query, id)))
          throw new AppError('not_found', `${scope.orgName} has no settings for ${integration.name}.`)
        await audit(query, scope, {
          action: 'integration.disconnect',
          target: { type: 'integration', id, name: integration.name },
        })
      })
    },
    redirectUri,
  }
}

const present = <T>(record: Record<string, T | null | undefined>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== null && value !== undefined),
  ) as Record<string, T>

function refuseInUse(
  { name, org_id }: IntegrationRow,
  { workflows, organizations }: { workflows: string[]; organizations: string[] },
): void {
  const parts = [
    workflows.length > 0 ? `used by ${some('workflow', workflows)} within 30 days` : '',
    organizations.length > 0
      ? org_id === null
        ? `set up for ${some('organization', organizations)}`
        : `set up for ${organizations.length} organizations below`
      : '',
  ].filter((part) => part !== '')
  if (parts.length > 0)
    throw new AppError('conflict', `${name} is ${parts.join(', and ')}.`, { workflows, organizations })
}

const some = (what: string, names: string[]) =>
  `the ${what}${names.length > 1 ? 's' : ''} ${names.join(', ')}`
