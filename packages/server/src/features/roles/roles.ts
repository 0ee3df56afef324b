import { AppError, type GrantKind, limits, type Role, type RoleDetail, type User } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { type OrgScope, requirePermission } from '../../platform/scope.ts'
import { peopleOf, scopeWhere } from '../users/users.ts'
import {
  changeRole,
  deleteGrant,
  deleteMember,
  deleteRole,
  findRole,
  grantsOf,
  insertGrant,
  insertMember,
  insertRole,
  listRoles,
  membersOf,
  type RoleRow,
} from './queries.ts'

export { rolesGranting } from './queries.ts'

/** What roles open the way to: answers the names of those ids that the scope may see. */
export type ResourceNames = (scope: OrgScope, ids: readonly string[]) => Promise<Map<string, string>>

/** Roles of an organization or of all: people, and what they may use that others may not. */
export interface Roles {
  list(scope: OrgScope): Promise<Role[]>
  get(scope: OrgScope, id: string): Promise<RoleDetail>
  create(scope: OrgScope, wanted: { name: string; description?: string | undefined }): Promise<RoleDetail>
  update(
    scope: OrgScope,
    id: string,
    change: { name?: string | undefined; description?: string | undefined },
  ): Promise<RoleDetail>
  remove(scope: OrgScope, id: string): Promise<void>
  setMember(scope: OrgScope, id: string, userId: string, isMember: boolean): Promise<RoleDetail>
  setGrant(scope: OrgScope, id: string, grant: Grant, isGranted: boolean): Promise<RoleDetail>
}

export interface Grant {
  kind: GrantKind
  resourceId: string
}

export interface RolesOptions {
  db: Database
  /** A person of the organization that is acted in; throws `not_found`. */
  person(scope: OrgScope, id: string): Promise<User>
  resources: Readonly<Record<GrantKind, ResourceNames>>
}

export function createRoles({ db, person, resources }: RolesOptions): Roles {
  const statements = (scope: OrgScope) => {
    const { of, list } = peopleOf(scope)
    return { of, query: db.as(scope, list).query }
  }
  const find = async (scope: OrgScope, id: string): Promise<RoleRow> => {
    const { of, query } = statements(scope)
    const row = await findRole(scope, query, of, id)
    if (!row) throw new AppError('not_found', 'There is no such role.')
    return row
  }
  const findOwn = async (scope: OrgScope, id: string): Promise<RoleRow> => {
    const row = await find(scope, id)
    if (row.org_id === scope.owner) return row
    throw new AppError(
      'forbidden',
      row.org_id === null
        ? `${row.name} is a global role. Only a person who acts globally can change it.`
        : `${row.name} belongs to ${row.org_name}. Change it there.`,
    )
  }
  const detail = async (scope: OrgScope, id: string): Promise<RoleDetail> => {
    const row = await find(scope, id)
    const { of, query } = statements(scope)
    const [members, grants] = await Promise.all([
      membersOf(scope, query, of, id, limits.sdkListMax),
      grantsOf(scope, query, id),
    ])
    const kinds = [...new Set(grants.map(({ kind }) => kind))]
    const names = new Map(
      await Promise.all(
        kinds.map(async (kind) => {
          const ids = grants.filter((grant) => grant.kind === kind).map((grant) => grant.resource_id)
          return [kind, await resources[kind](scope, ids)] as const
        }),
      ),
    )
    return {
      ...roleOf(scope, row),
      members,
      grants: grants.map((grant) => ({
        ...grant,
        name: names.get(grant.kind)?.get(grant.resource_id) ?? null,
      })),
    }
  }
  const change = (scope: OrgScope, work: (query: Query) => Promise<void>) =>
    db.as(scope).transaction(work).catch(refuseTaken)

  return {
    async list(scope) {
      requirePermission(scope, 'role:read')
      const { of, query } = statements(scope)
      return (await listRoles(scope, query, of, limits.sdkListMax)).map((row) => roleOf(scope, row))
    },
    async get(scope, id) {
      requirePermission(scope, 'role:read')
      return detail(scope, id)
    },
    async create(scope, { name, description = '' }) {
      requirePermission(scope, 'role:write')
      const role = { id: newId(), name: name.trim(), description }
      await change(scope, async (query) => {
        await insertRole(scope, query, role)
        await audit(query, scope, {
          action: 'role.create',
          target: { type: 'role', id: role.id, name: role.name },
          after: { name: role.name, description },
        })
      })
      return detail(scope, role.id)
    },
    async update(scope, id, { name, description }) {
      requirePermission(scope, 'role:write')
      const row = await findOwn(scope, id)
      const next = { id, name: name?.trim() ?? row.name, description: description ?? row.description }
      await change(scope, async (query) => {
        await changeRole(scope, query, next)
        await audit(query, scope, {
          action: 'role.update',
          target: { type: 'role', id, name: row.name },
          before: { name: row.name, description: row.description },
          after: { name: next.name, description: next.description },
        })
      })
      return detail(scope, id)
    },
    async remove(scope, id) {
      requirePermission(scope, 'role:write')
      const row = await findOwn(scope, id)
      const { grants } = await detail(scope, id)
      if (grants.length > 0) {
        const used = grants.map(({ kind, resource_id, name }) => ({ what: kind, id: resource_id, name }))
        const words = used.slice(0, 5).map(({ what, name, id: thing }) => `${what} ${name ?? thing}`)
        throw new AppError(
          'conflict',
          `${row.name} has grants for ${words.join(', ')}${used.length > 5 ? ' and more' : ''}. Revoke its grants first.`,
          { used_by: used },
        )
      }
      await change(scope, async (query) => {
        await deleteRole(scope, query, id)
        await audit(query, scope, {
          action: 'role.delete',
          target: { type: 'role', id, name: row.name },
          before: { name: row.name, members: row.member_count },
        })
      })
    },
    async setMember(scope, id, userId, isMember) {
      requirePermission(scope, 'role:write')
      const row = await find(scope, id)
      const user = await person(scope, userId)
      const there = await scopeWhere(db, scope, user.organization.id)
      // A role of one organization is nothing to the people of another.
      await find(there, id)
      await change(there, async (query) => {
        const changed = await (isMember ? insertMember : deleteMember)(there, query, id, userId)
        if (changed)
          await audit(query, there, {
            action: isMember ? 'role.add_member' : 'role.remove_member',
            target: { type: 'role', id, name: row.name },
            after: { user: user.email },
          })
      })
      return detail(scope, id)
    },
    async setGrant(scope, id, { kind, resourceId }, isGranted) {
      requirePermission(scope, 'role:write')
      const row = await findOwn(scope, id)
      const name = (await resources[kind](scope, [resourceId])).get(resourceId)
      // A grant of a deleted item can still be revoked.
      if (isGranted && name === undefined) throw new AppError('not_found', `There is no such ${kind}.`)
      await change(scope, async (query) => {
        const grant = { roleId: id, kind, resourceId }
        const changed = await (isGranted ? insertGrant : deleteGrant)(scope, query, grant)
        if (changed)
          await audit(query, scope, {
            action: isGranted ? 'role.grant' : 'role.revoke',
            target: { type: 'role', id, name: row.name },
            after: { kind, resource_id: resourceId, name: name ?? null },
          })
      })
      return detail(scope, id)
    },
  }
}

function refuseTaken(error: unknown): never {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown }
  if (code === '23505' && constraint === 'roles_name')
    throw new AppError('already_exists', 'There is already a role with this name.')
  throw error
}

const roleOf = (scope: OrgScope, row: RoleRow): Role => ({
  id: row.id,
  name: row.name,
  description: row.description,
  organization: row.org_id === null ? null : { id: row.org_id, name: row.org_name ?? '' },
  can_edit: row.org_id === scope.owner,
  member_count: row.member_count,
  grant_count: row.grant_count,
  created_at: row.created_at.toISOString(),
})
