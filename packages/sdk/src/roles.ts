import type { GrantKind, MethodResult } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'

/** A role, as `roles.list` gives it. */
export interface RoleInfo {
  id: string
  name: string
  description: string
  /** The organization that owns it; null: global. */
  organization: { id: string; name: string } | null
}

/** A role with its members and grants. */
export interface RoleWithMembers extends RoleInfo {
  members: { id: string; name: string; email: string }[]
  grants: { kind: GrantKind; resourceId: string; name: string | null }[]
}

const read = ({ id, name, description, organization }: RoleInfo): RoleInfo => ({
  id,
  name,
  description,
  organization,
})

const readAll = ({ members, grants, ...role }: MethodResult<'roles.create'>): RoleWithMembers => ({
  ...read(role),
  members: members.map(({ id, name, email }) => ({ id, name, email })),
  grants: grants.map(({ kind, resource_id, name }) => ({ kind, resourceId: resource_id, name })),
})

/**
 * Roles of the run's organization, inherited and global ones, as far as the person who started the run may see and
 * change them. A role gives access to restricted workflows, forms and tables.
 * @example await roles.addMember(licenseManagers.id, newColleague.id)
 */
export const roles = {
  /** All that the person sees, without their members. */
  async list(): Promise<RoleInfo[]> {
    return (await callPlatform('roles.list', {})).map(read)
  },
  /** One role; undefined when there is none that the person may see. */
  async get(id: string): Promise<RoleWithMembers | undefined> {
    const found = await callPlatform('roles.get', { id })
    return found === null ? undefined : readAll(found)
  },
  /**
   * Creates one where the run acts: `name` has 100 characters at most, `description` 500. Fails with `already_exists` when
   * there is one of this name.
   * @example const { id } = await roles.create({ name: 'License managers' })
   */
  async create(role: { name: string; description?: string }): Promise<RoleWithMembers> {
    return readAll(await callPlatform('roles.create', role))
  },
  /** Changes its name or description; what is absent stays as it is. An inherited role cannot be changed. */
  async update(id: string, change: { name?: string; description?: string }): Promise<RoleWithMembers> {
    return readAll(await callPlatform('roles.update', { id, ...change }))
  },
  /** Deletes a role without grants; otherwise fails with `conflict`, and lists the grants. */
  async delete(id: string): Promise<void> {
    await callPlatform('roles.delete', { id })
  },
  /** Adds a person to a role, also to an inherited one; a member stays a member. */
  async addMember(id: string, userId: string): Promise<void> {
    await callPlatform('roles.addMember', { id, userId })
  },
  /** Removes a person from a role. */
  async removeMember(id: string, userId: string): Promise<void> {
    await callPlatform('roles.removeMember', { id, userId })
  },
  /**
   * Lets its members use a workflow, a form or a table; fails with `not_found` when the item does not exist.
   * @example await roles.grant(licenseManagers.id, 'workflow', workflowId)
   */
  async grant(id: string, kind: GrantKind, resourceId: string): Promise<void> {
    await callPlatform('roles.grant', { id, kind, resourceId })
  },
  /** Revokes a grant, even one for an item that was deleted. */
  async revoke(id: string, kind: GrantKind, resourceId: string): Promise<void> {
    await callPlatform('roles.revoke', { id, kind, resourceId })
  },
} as const
