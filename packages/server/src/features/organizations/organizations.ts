import { AppError, limits, type Organization, validationError } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { type OrgScope, requirePermission } from '../../platform/scope.ts'
import {
  comingBelowCustomer,
  deactivateOrganizations,
  deleteOrganization,
  depthOf,
  findOrganization,
  insertOrganization,
  listOrganizations,
  lockTree,
  moveOrganization,
  type OrganizationFilter,
  type OrganizationRow,
  reactivateOrganization,
  renameOrganization,
  setDomain,
  usesOf,
} from './queries.ts'

export interface OrganizationChange {
  name?: string | undefined
  parent_id?: string | null | undefined
  is_active?: boolean | undefined
  domain?: string | null | undefined
}

/** The tree of organizations, as far as a person may act for them. */
export interface Organizations {
  list(scope: OrgScope, filter: OrganizationFilter): Promise<Organization[]>
  get(scope: OrgScope, id: string): Promise<Organization>
  create(
    scope: OrgScope,
    wanted: { name: string; parent_id?: string | null | undefined; domain?: string | null | undefined },
  ): Promise<Organization>
  update(scope: OrgScope, id: string, change: OrganizationChange): Promise<Organization>
  remove(scope: OrgScope, id: string): Promise<void>
}

export interface OrganizationsOptions {
  db: Database
  /** Every process drops its cached credentials: rights of a person have changed. */
  forget(): void
  /** Organizations were made, moved or deleted. */
  onChange(): void
}

export function createOrganizations({ db, forget, onChange }: OrganizationsOptions): Organizations {
  const find = async (scope: OrgScope, query: Query, id: string): Promise<OrganizationRow> => {
    const row = await findOrganization(scope, query, id)
    if (!row) throw new AppError('not_found', 'There is no such organization.')
    return row
  }
  /** Where an organization should stand. */
  const parentOf = async (
    scope: OrgScope,
    query: Query,
    id: string | null,
  ): Promise<OrganizationRow | null> => {
    if (id === null) {
      if (!isOfProvider(scope))
        throw new AppError(
          'forbidden',
          'Only people of the provider can create an organization without a parent.',
        )
      return null
    }
    const parent = await findOrganization(scope, query, id)
    if (!parent) throw new AppError('not_found', 'There is no such parent organization.')
    if (!parent.is_active)
      throw new AppError('conflict', `${parent.name} is deactivated. Reactivate it first.`)
    return parent
  }

  return {
    list: async (scope, filter) => {
      requirePermission(scope, 'organization:read')
      return (await listOrganizations(scope, db.query, filter)).map(organizationOf)
    },
    get: async (scope, id) => {
      requirePermission(scope, 'organization:read')
      return organizationOf(await find(scope, db.query, id))
    },
    async create(scope, { name, parent_id, domain = null }) {
      requirePermission(scope, 'organization:write')
      const id = newId()
      await db.transaction(async (query) => {
        await lockTree(scope, query)
        // Without a word about it: at the top for the provider, else below the own one.
        const wanted = parent_id === undefined ? (isOfProvider(scope) ? null : scope.orgId) : parent_id
        const parent = await parentOf(scope, query, wanted)
        refuseDepth((parent?.path.length ?? 0) + 1)
        await refuseMany(scope, query, parent, null)
        await insertOrganization(scope, query, {
          id,
          name: name.trim(),
          parentId: parent?.id ?? null,
          domain,
        })
        await audit(query, scope, {
          action: 'organization.create',
          target: { type: 'organization', id, name: name.trim() },
          after: { name: name.trim(), parent_id: parent?.id ?? null, domain },
        })
      })
      onChange()
      return organizationOf(await find(scope, db.query, id))
    },
    async update(scope, id, { name, parent_id: parentId, is_active: isActive, domain }) {
      requirePermission(scope, 'organization:write')
      await db.transaction(async (query) => {
        await lockTree(scope, query)
        const row = await find(scope, query, id)
        const before: Record<string, string | boolean | null> = {}
        const after: Record<string, string | boolean | null> = {}
        if (name !== undefined && name.trim() !== row.name) {
          await renameOrganization(scope, query, id, name.trim())
          before['name'] = row.name
          after['name'] = name.trim()
        }
        if (parentId !== undefined && parentId !== row.parent_id) {
          refuseOwn(scope, row, 'move')
          const parent = await parentOf(scope, query, parentId)
          if (parent?.path.includes(id))
            throw validationError([
              { field: 'parent_id', message: 'is the organization itself, or below it' },
            ])
          refuseDepth((parent?.path.length ?? 0) + (await depthOf(scope, query, id)))
          await refuseMany(scope, query, parent, id)
          await moveOrganization(scope, query, id, parentId)
          before['parent_id'] = row.parent_id
          after['parent_id'] = parentId
        }
        if (isActive !== undefined && isActive !== row.is_active) {
          refuseOwn(scope, row, 'deactivate')
          if (isActive) await reactivate(scope, query, row, parentId)
          else await deactivateOrganizations(scope, query, id)
          before['is_active'] = row.is_active
          after['is_active'] = isActive
        }
        if (domain !== undefined && domain !== row.domain) {
          await setDomain(scope, query, id, domain)
          before['domain'] = row.domain
          after['domain'] = domain
        }
        if (Object.keys(after).length > 0)
          await audit(query, scope, {
            action: 'organization.update',
            target: { type: 'organization', id, name: row.name },
            before,
            after,
          })
      })
      forget()
      onChange()
      return organizationOf(await find(scope, db.query, id))
    },
    async remove(scope, id) {
      requirePermission(scope, 'organization:write')
      await db.transaction(async (query) => {
        await lockTree(scope, query)
        const row = await find(scope, query, id)
        refuseOwn(scope, row, 'delete')
        const used = await usesOf(scope, query, id)
        if (used.length > 0)
          throw new AppError(
            'conflict',
            `${row.name} is in use: ${used.map(({ what, count }) => `${count} ${what}`).join(', ')}. Deactivate it instead.`,
            { used_by: used },
          )
        await deleteOrganization(scope, query, id)
        await audit(query, scope, {
          action: 'organization.delete',
          target: { type: 'organization', id, name: row.name },
          before: { name: row.name, parent_id: row.parent_id },
        })
      })
      forget()
      onChange()
    },
  }

  async function reactivate(
    scope: OrgScope,
    query: Query,
    row: OrganizationRow,
    parentId: string | null | undefined,
  ): Promise<void> {
    const above = parentId === undefined ? row.parent_id : parentId
    const parent = above === null ? null : await findOrganization(scope, query, above)
    if (parent && !parent.is_active)
      throw new AppError(
        'conflict',
        `${parent.name}, which is above it, is deactivated. Reactivate that one first.`,
      )
    await reactivateOrganization(scope, query, row.id)
  }
}

const isOfProvider = (scope: OrgScope) => scope.isProvider && scope.role !== 'external'

/** People cannot move or delete their own organization, and no one the provider. */
function refuseOwn(scope: OrgScope, row: OrganizationRow, verb: 'move' | 'deactivate' | 'delete'): void {
  if (row.is_provider)
    throw new AppError('conflict', `${row.name} runs this installation; you cannot ${verb} it.`)
  if (row.id === scope.homeOrgId)
    throw new AppError(
      'forbidden',
      `You belong to ${row.name}. Only a person of an organization above can ${verb} it.`,
    )
}

function refuseDepth(depth: number): void {
  if (depth > limits.organizationDepthMax)
    throw new AppError('conflict', `Organizations may be nested at most ${limits.organizationDepthMax} deep.`)
}

/** Under the lock of the tree, so that two at once are not both the last one. `movedId`: null for a new one. */
async function refuseMany(
  scope: OrgScope,
  query: Query,
  parent: OrganizationRow | null,
  movedId: string | null,
): Promise<void> {
  const found = parent && (await comingBelowCustomer(scope, query, parent.id, movedId))
  if (!found || found.below + found.coming <= limits.organizationsPerCustomerMax) return
  throw new AppError(
    'conflict',
    `A customer has at most ${limits.organizationsPerCustomerMax} organizations below it, and this one has ${found.below}. Delete those that are no longer needed first.`,
  )
}

const organizationOf = ({ created_at, ...row }: OrganizationRow): Organization => ({
  ...row,
  created_at: created_at.toISOString(),
})
