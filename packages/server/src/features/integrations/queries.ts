import type { IntegrationAuth, IntegrationAuthSettings, IntegrationField, Json } from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Database, Query } from '../../platform/database.ts'
import type { ListScope, OrgScope } from '../../platform/scope.ts'

/** What an integration is. */
export interface IntegrationRow {
  id: string
  org_id: string | null
  name: string
  description: string
  base_url: string
  hosts: string[]
  auth: IntegrationAuth
  auth_settings: IntegrationAuthSettings
  config_fields: IntegrationField[]
  test_path: string
  mapping_provider: string | null
}

/** What one organization has set for it; without an organization, what holds for all. */
export interface ConnectionRow {
  id: string
  integration_id: string
  org_id: string | null
  org_name: string | null
  org_slug: string | null
  /** Code of the organizations below gets the credentials, too. */
  is_lent: boolean
  entity_id: string | null
  entity_name: string | null
  config: Record<string, Json>
  credentials_sealed: Buffer | null
  credential_names: string[]
  /** Values of fields of the type `secret`. */
  secrets_sealed: Buffer | null
  secret_names: string[]
  tokens_sealed: Buffer | null
  token_expires_at: Date | null
  token_version: number
  problem: string | null
  connected_at: Date | null
  connected_by: string | null
  connected_by_name: string | null
}

/** What an organization is at the service, as the owner of the definition says. */
export interface MappingRow {
  integration_id: string
  org_id: string
  org_name: string
  entity_id: string
  entity_name: string | null
  updated_at: Date
}

/** The nearest first. */
export interface Settings {
  connections: readonly ConnectionRow[]
  mappings: readonly MappingRow[]
}

const COLUMNS =
  'i.id, i.org_id, i.name, i.description, i.base_url, i.hosts, i.auth, i.auth_settings, i.config_fields, i.test_path, i.mapping_provider'
const CONNECTION = `c.id, c.integration_id, c.org_id, o.name as org_name, o.slug as org_slug, c.is_lent, c.entity_id, c.entity_name, c.config,
  c.credentials_sealed, c.credential_names, c.secrets_sealed, c.secret_names, c.tokens_sealed, c.token_expires_at, c.token_version, c.problem,
  c.connected_at, c.connected_by, u.name as connected_by_name`

/** By name, the nearest; `id` finds one that may be seen. */
export async function findIntegration(
  scope: OrgScope,
  query: Query,
  by: { id: string } | { name: string },
): Promise<IntegrationRow | null> {
  const [row] = await query<IntegrationRow>(
    `select ${COLUMNS} from integrations i
     where (i.org_id = any($1::uuid[]) or i.org_id is null) and ${'id' in by ? 'i.id = $2' : 'lower(i.name) = lower($2)'}
     order by array_position($1::uuid[], i.org_id) nulls last limit 1`,
    [scope.chain, 'id' in by ? by.id : by.name],
  )
  return row ?? null
}

/** Of two with one name, the nearer counts. */
export const listIntegrations = (
  scope: OrgScope,
  query: Query,
  list: ListScope,
): Promise<IntegrationRow[]> =>
  list.kind === 'all'
    ? query(`select ${COLUMNS} from integrations i order by lower(i.name), i.org_id nulls first`)
    : query(
        `select * from (
           select distinct on (lower(i.name)) ${COLUMNS} from integrations i
           where (i.org_id = any($1::uuid[]) or i.org_id is null)
           order by lower(i.name), array_position($1::uuid[], i.org_id) nulls last
         ) nearest order by lower(name)`,
        [chainOf(scope, list)],
      )

const chainOf = (scope: OrgScope, list: ListScope): readonly string[] =>
  list.kind === 'org' ? (list.orgId === scope.orgId ? scope.chain : [list.orgId]) : []

/** What was set for these, the nearest first. */
export const listConnections = (
  scope: OrgScope,
  query: Query,
  integrationIds: readonly string[],
): Promise<ConnectionRow[]> =>
  query(
    `select ${CONNECTION} from integration_connections c
       left join organizations o on o.id = c.org_id left join users u on u.id = c.connected_by
     where c.integration_id = any($2::uuid[]) and (c.org_id = any($1::uuid[]) or c.org_id is null)
     order by array_position($1::uuid[], c.org_id) nulls last`,
    [scope.chain, integrationIds],
  )

export interface Definition {
  name: string
  description: string
  base_url: string
  hosts: readonly string[]
  auth: IntegrationAuth
  auth_settings: IntegrationAuthSettings
  config_fields: readonly IntegrationField[]
  test_path: string
  mapping_provider: string | null
}

const valuesOf = (definition: Definition) => [
  definition.name,
  definition.description,
  definition.base_url,
  definition.hosts,
  definition.auth,
  JSON.stringify(definition.auth_settings),
  JSON.stringify(definition.config_fields),
  definition.test_path,
  definition.mapping_provider,
]

/** False when the name is taken. */
export async function insertIntegration(
  scope: OrgScope,
  query: Query,
  id: string,
  definition: Definition,
): Promise<boolean> {
  const rows = await counted(query, 'integrations', scope.owner, () =>
    query(
      `insert into integrations (id, org_id, name, description, base_url, hosts, auth, auth_settings, config_fields, test_path,
       mapping_provider)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning id`,
      [id, scope.owner, ...valuesOf(definition)],
    ),
  )
  return rows.length > 0
}

export async function updateIntegration(
  scope: OrgScope,
  query: Query,
  id: string,
  definition: Definition,
): Promise<void> {
  await query(
    `update integrations set name = $3, description = $4, base_url = $5, hosts = $6, auth = $7, auth_settings = $8,
       config_fields = $9, test_path = $10, mapping_provider = $11, updated_at = now()
     where id = $1 and org_id is not distinct from $2`,
    [id, scope.owner, ...valuesOf(definition)],
  )
}

export async function deleteIntegration(scope: OrgScope, query: Query, id: string): Promise<boolean> {
  const rows = await query(
    'delete from integrations where id = $1 and org_id is not distinct from $2 returning id',
    [id, scope.owner],
  )
  return rows.length > 0
}

export interface OwnConnection {
  entity_id: string | null
  entity_name: string | null
  config: Record<string, Json>
  credentials_sealed: Buffer | null
  credential_names: readonly string[]
  secrets_sealed: Buffer | null
  secret_names: readonly string[]
  is_lent: boolean
  /** What the service gave is of no use any more. */
  dropsTokens: boolean
}

export async function upsertConnection(
  scope: OrgScope,
  query: Query,
  id: string,
  integrationId: string,
  own: OwnConnection,
): Promise<void> {
  await query(
    `insert into integration_connections as c (id, integration_id, org_id, entity_id, entity_name, config, credentials_sealed,
       credential_names, is_lent, secrets_sealed, secret_names)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11, $12)
     on conflict (integration_id, org_id) do update set entity_id = excluded.entity_id, entity_name = excluded.entity_name,
       config = excluded.config, credentials_sealed = excluded.credentials_sealed,
       credential_names = excluded.credential_names, is_lent = excluded.is_lent,
       secrets_sealed = excluded.secrets_sealed, secret_names = excluded.secret_names, updated_at = now(),
       tokens_sealed = case when $9 then null else c.tokens_sealed end,
       token_expires_at = case when $9 then null else c.token_expires_at end,
       token_version = c.token_version + case when $9 then 1 else 0 end,
       problem = case when $9 then null else c.problem end, problem_at = case when $9 then null else c.problem_at end`,
    [
      id,
      integrationId,
      scope.owner,
      own.entity_id,
      own.entity_name,
      JSON.stringify(own.config),
      own.credentials_sealed,
      own.credential_names,
      own.dropsTokens,
      own.is_lent,
      own.secrets_sealed,
      own.secret_names,
    ],
  )
}

export async function deleteConnection(
  scope: OrgScope,
  query: Query,
  integrationId: string,
): Promise<boolean> {
  const rows = await query(
    'delete from integration_connections where integration_id = $1 and org_id is not distinct from $2 returning id',
    [integrationId, scope.owner],
  )
  return rows.length > 0
}

/** Once an hour for each workflow: who uses it. */
export async function noteUse(
  scope: OrgScope,
  query: Query,
  integrationId: string,
  executionId: string,
): Promise<void> {
  await query(
    `insert into integration_uses (integration_id, org_id, workflow_name)
     select $1, $2, e.workflow_name from executions e where e.id = $3 and e.org_id = $2
     on conflict (integration_id, org_id, workflow_name) do update set used_at = now()
       where integration_uses.used_at < now() - interval '1 hour'`,
    [integrationId, scope.orgId, executionId],
  )
}

export const listUses = (
  scope: OrgScope,
  query: Query,
  integrationId: string,
): Promise<{ workflow: string; at: Date }[]> =>
  query(
    `select workflow_name as workflow, used_at as at from integration_uses
     where integration_id = $1 and org_id = $2 order by used_at desc limit 50`,
    [integrationId, scope.orgId],
  )

/** Workflows of whichever organization that used it lately, and organizations that have set something for it. */
export async function usersOf(
  scope: OrgScope,
  query: Query,
  integrationId: string,
): Promise<{ workflows: string[]; organizations: string[] }> {
  const [workflows, organizations] = await Promise.all([
    query<{ name: string }>(
      `select distinct workflow_name as name from integration_uses
       where integration_id = $1 and used_at > now() - interval '30 days' order by 1 limit 20`,
      [integrationId],
    ),
    query<{ name: string }>(
      `select o.name from integration_connections c join organizations o on o.id = c.org_id
       where c.integration_id = $1 and c.org_id is distinct from $2 order by o.name limit 20`,
      [integrationId, scope.owner],
    ),
  ])
  return {
    workflows: workflows.map(({ name }) => name),
    organizations: organizations.map(({ name }) => name),
  }
}

/** Those that an organization inherits, and its own first. */
export const listInheritedMappings = (
  scope: OrgScope,
  query: Query,
  integrationIds: readonly string[],
): Promise<MappingRow[]> =>
  query(
    `select m.integration_id, m.org_id, o.name as org_name, m.entity_id, m.entity_name, m.updated_at
     from integration_mappings m join organizations o on o.id = m.org_id
     where m.integration_id = any($2::uuid[]) and m.org_id = any($1::uuid[])
     order by array_position($1::uuid[], m.org_id)`,
    [scope.chain, integrationIds],
  )

/** What was set for one integration, and where its organizations were mapped: what counts is found out of these. */
export async function settingsOf(scope: OrgScope, db: Database, integrationId: string): Promise<Settings> {
  const { query } = db.as(scope)
  const [connections, mappings] = await Promise.all([
    listConnections(scope, query, [integrationId]),
    listInheritedMappings(scope, query, [integrationId]),
  ])
  return { connections, mappings }
}
