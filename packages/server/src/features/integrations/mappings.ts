import { AppError, limits, validationError } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { CallingRun } from '../../tenancy/sdk-method.ts'
import type { Integrations } from './integrations.ts'
import {
  deleteMappings,
  listOrganizationMappings,
  type MappingFilter,
  type OrganizationMappingRow,
  upsertMappings,
} from './mapping-queries.ts'
import { requireMapper, requireMappingRun } from './mapping-rights.ts'
import { type IntegrationRow, listInheritedMappings, type MappingRow } from './queries.ts'

/** What an organization is to be at the service; without an entity, nothing. */
export interface MappingChange {
  organization_id: string
  entity_id: string | null
  entity_name?: string | null | undefined
}

/** Which organization is which at the service of an integration. */
export interface Mappings {
  list(scope: OrgScope, integrationId: string, filter: MappingFilter): Promise<OrganizationMappingRow[]>
  put(
    scope: OrgScope,
    integrationId: string,
    changes: readonly MappingChange[],
  ): Promise<OrganizationMappingRow[]>
  remove(scope: OrgScope, integrationId: string, orgId: string): Promise<void>
  listOfRun(scope: OrgScope, name: string): Promise<MappingRow[]>
  /** The nearest one of the organization that is acted for; null where there is none. */
  nearest(scope: OrgScope, name: string): Promise<MappingRow | null>
  /** That of the organization that is acted for; `entity` null deletes it. Answers whether there was one. */
  setOfRun(
    scope: OrgScope,
    run: CallingRun,
    name: string,
    entity: { id: string; name: string | null } | null,
  ): Promise<boolean>
}

export function createMappings({ db, integrations }: { db: Database; integrations: Integrations }): Mappings {
  const change = async (
    scope: OrgScope,
    integration: IntegrationRow,
    changes: readonly MappingChange[],
  ): Promise<OrganizationMappingRow[]> => {
    const ids = changes.map(({ organization_id }) => organization_id)
    const targets = (query: Query) =>
      listOrganizationMappings(scope, query, integration, {
        ids,
        limit: limits.integrationMappingsPerRequestMax,
      })
    return db.transaction(async (query) => {
      const before = new Map((await targets(query)).map((row) => [row.org_id, row]))
      const errors = ids.flatMap((id, index) => {
        const field = `mappings.${index}.organization_id`
        if (!before.has(id))
          return [
            { field, message: `names no organization that you may act for and that has ${integration.name}` },
          ]
        return ids.indexOf(id) === index ? [] : [{ field, message: 'occurs twice' }]
      })
      if (errors.length > 0) throw validationError(errors)
      const mapped = changes.flatMap(({ organization_id: org_id, entity_id, entity_name = null }) =>
        entity_id === null ? [] : [{ org_id, entity_id, entity_name }],
      )
      await upsertMappings(scope, query, integration.id, mapped)
      await deleteMappings(
        scope,
        query,
        integration.id,
        ids.filter((id) => !mapped.some(({ org_id }) => org_id === id)),
      )
      const after = await targets(query)
      for (const row of after) {
        const was = entityOf(before.get(row.org_id))
        const is = entityOf(row)
        if (JSON.stringify(was) === JSON.stringify(is)) continue
        // In the log of the organization that it is about, whose people see who did it.
        await audit(
          query,
          { orgId: row.org_id, userId: scope.userId, email: scope.email },
          {
            action: is ? 'integration.map' : 'integration.unmap',
            target: { type: 'integration', id: integration.id, name: integration.name },
            ...(was ? { before: was } : {}),
            ...(is ? { after: is } : {}),
          },
        )
      }
      return after
    })
  }

  return {
    list: async (scope, id, filter) =>
      listOrganizationMappings(scope, db.query, await integrations.find(scope, { id }), filter),
    async put(scope, id, changes) {
      const integration = await integrations.find(scope, { id })
      requireMapper(scope, integration)
      return change(scope, integration, changes)
    },
    async remove(scope, id, orgId) {
      const integration = await integrations.find(scope, { id })
      requireMapper(scope, integration)
      const [target] = await listOrganizationMappings(scope, db.query, integration, {
        ids: [orgId],
        limit: 1,
      })
      if (!target || target.entity_id === null)
        throw new AppError('not_found', `${target?.org_name ?? 'This organization'} has no mapping.`)
      await change(scope, integration, [{ organization_id: orgId, entity_id: null }])
    },
    async listOfRun(scope, name) {
      const integration = await integrations.find(scope, { name })
      const rows = await listOrganizationMappings(scope, db.query, integration, {
        mapped: true,
        limit: limits.sdkListMax,
      })
      return rows.flatMap((row) => mappingOf(integration, row))
    },
    async nearest(scope, name) {
      const { id } = await integrations.find(scope, { name })
      return (await listInheritedMappings(scope, db.as(scope).query, [id]))[0] ?? null
    },
    async setOfRun(scope, run, name, entity) {
      const orgId = scope.owner
      if (orgId === null)
        throw new AppError(
          'bad_request',
          'Name the organization with the option "scope": what is global has no mapping.',
        )
      const integration = await integrations.find(scope, { name })
      await requireMappingRun(scope, db.query, run, integration)
      const [before] = await listInheritedMappings(scope, db.as(scope).query, [integration.id])
      if (entity === null && before?.org_id !== orgId) return false
      await change(scope, integration, [
        { organization_id: orgId, entity_id: entity?.id ?? null, entity_name: entity?.name },
      ])
      return true
    },
  }
}

const entityOf = (
  row: OrganizationMappingRow | undefined,
): { entity_id: string; entity_name: string | null } | null =>
  row && row.entity_id !== null ? { entity_id: row.entity_id, entity_name: row.entity_name } : null

const mappingOf = (
  { id }: IntegrationRow,
  { org_id, org_name, entity_id, entity_name, updated_at }: OrganizationMappingRow,
): MappingRow[] =>
  entity_id === null || updated_at === null
    ? []
    : [{ integration_id: id, org_id, org_name, entity_id, entity_name, updated_at }]
