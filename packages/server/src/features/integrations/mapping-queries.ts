import type { Query } from '../../platform/database.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import { mayActForSql, type OrgScope } from '../../platform/scope.ts'
import type { IntegrationRow } from './queries.ts'

// These statements are about organizations below the one that acts, whose rows row-level security would hide. Which ones
// is a clause of each.

/** An organization, mapped or not. */
export interface OrganizationMappingRow {
  org_id: string
  org_name: string
  path: string[]
  entity_id: string | null
  entity_name: string | null
  updated_at: Date | null
}

export interface MappingFilter {
  ids?: readonly string[]
  search?: string | undefined
  mapped?: boolean | undefined
  after?: string | undefined
  limit: number
}

type Defined = Pick<IntegrationRow, 'id' | 'org_id'>

/**
 * Organizations that the integration is available to, of those that the person may act for. Who acts for an organization
 * looks at it and at those below; at home in the provider, and acting globally, at all.
 */
export function listOrganizationMappings(
  scope: OrgScope,
  query: Query,
  integration: Defined,
  filter: MappingFilter,
): Promise<OrganizationMappingRow[]> {
  const values: unknown[] = [integration.id]
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [mayActForSql(scope, param)]
  if (scope.owner !== null && !scope.organization.isProvider)
    conditions.push(`${param(scope.orgId)}::uuid = any(o.path)`)
  if (integration.org_id !== null) conditions.push(`${param(integration.org_id)}::uuid = any(o.path)`)
  if (filter.ids) conditions.push(`o.id = any(${param(filter.ids)}::uuid[])`)
  if (filter.search) {
    const pattern = param(likePattern(filter.search))
    conditions.push(
      `(o.name ilike ${pattern} or m.entity_id ilike ${pattern} or m.entity_name ilike ${pattern})`,
    )
  }
  if (filter.mapped !== undefined) conditions.push(`(m.org_id is not null) = ${param(filter.mapped)}`)
  if (filter.after)
    conditions.push(
      `(lower(o.name), o.id) > (select lower(a.name), a.id from organizations a where a.id = ${param(filter.after)})`,
    )
  return query<OrganizationMappingRow>(
    `select o.id as org_id, o.name as org_name, o.path, m.entity_id, m.entity_name, m.updated_at
     from organizations o left join integration_mappings m on m.org_id = o.id and m.integration_id = $1
     where ${conditions.join(' and ')}
     order by lower(o.name), o.id limit ${param(filter.limit)}`,
    values,
  )
}

export interface MappedEntity {
  org_id: string
  entity_id: string
  entity_name: string | null
}

export async function upsertMappings(
  _scope: OrgScope,
  query: Query,
  integrationId: string,
  mappings: readonly MappedEntity[],
): Promise<void> {
  await query(
    `insert into integration_mappings (integration_id, org_id, entity_id, entity_name)
     select $1, * from unnest($2::uuid[], $3::text[], $4::text[])
     on conflict (integration_id, org_id) do update set entity_id = excluded.entity_id, entity_name = excluded.entity_name,
       updated_at = now()`,
    [
      integrationId,
      mappings.map(({ org_id }) => org_id),
      mappings.map(({ entity_id }) => entity_id),
      mappings.map(({ entity_name }) => entity_name),
    ],
  )
}

export async function deleteMappings(
  _scope: OrgScope,
  query: Query,
  integrationId: string,
  orgIds: readonly string[],
): Promise<void> {
  await query('delete from integration_mappings where integration_id = $1 and org_id = any($2::uuid[])', [
    integrationId,
    orgIds,
  ])
}
