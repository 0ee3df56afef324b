import type { GrantKind } from '@bifrost/contract'
import { requireRun } from './current-run.ts'

/** A role, as `roles.list` gives it. */
export interface RoleInfo {
  id: string
  name: string
  description: string
  /** Whose it is; null: global. */
  organization: { id: string; name: string } | null
}

/** A role with its people, and with what it opens the way to. */
export interface RoleWithMembers extends RoleInfo {
  members: { id: string; name: string; email: string }[]
  grants: { kind: GrantKind; resourceId: string; name: string | null }[]
}

type Wire = RoleInfo & {
  members: { id: string; name: string; email: string }[]
  grants: { kind: GrantKind; resource_id: string; name: string | null }[]
}

const call = (method: string, args: object) =>
  requireRun(`roles.${method}`).call(`roles.${method}`, { ...args })

const read = (value: unknown): RoleInfo => {
  const { id, name, description, organization } = value as Wire
  return { id, name, description, organization }
}

const readAll = (value: unknown): RoleWithMembers => {
  const { members, grants } = value as Wire
  return {
    ...read(value),
    members: members.map(({ id, name, email }) => ({ id, name, email })),
    grants: grants.map(({ kind, resource_id, name }) => ({ kind, resourceId: resource_id, name })),
  }
}

/**
 * Roles of the run's organisation, inherited and global ones, as far as the person who started the run may see and
 * change them. A role opens the way to workflows, forms and tables that are not for everybody.
 * @example await roles.addMember(licenceManagers.id, newColleague.id)
 */
export const roles = {
  /** All that the person sees, without their members. */
  async list(): Promise<RoleInfo[]> {
    return ((await call('list', {})) as unknown[]).map(read)
  },
  /** One role; undefined when there is none that the person may see. */
  async get(id: string): Promise<RoleWithMembers | undefined> {
    const found = await call('get', { id })
    return found === null ? undefined : readAll(found)
  },
  /**
   * Creates one where the run acts: `name` has 100 characters at most, `description` 500. Fails with `already_exists` when
   * there is one of this name.
   * @example const { id } = await roles.create({ name: 'Licence managers' })
   */
  async create(role: { name: string; description?: string }): Promise<RoleWithMembers> {
    return readAll(await call('create', role))
  },
  /** Renames it, or describes it anew; what is absent stays as it is. An inherited role cannot be changed. */
  async update(id: string, change: { name?: string; description?: string }): Promise<RoleWithMembers> {
    return readAll(await call('update', { id, ...change }))
  },
  /** Deletes a role that opens the way to nothing; fails with `conflict` otherwise, and says what it opens. */
  async delete(id: string): Promise<void> {
    await call('delete', { id })
  },
  /** Makes somebody a member, also of an inherited role; who is one already stays one. */
  async addMember(id: string, userId: string): Promise<void> {
    await call('addMember', { id, userId })
  },
  /** Takes somebody out of it. */
  async removeMember(id: string, userId: string): Promise<void> {
    await call('removeMember', { id, userId })
  },
  /**
   * Lets its members use a workflow, a form or a table; fails with `not_found` when there is no such thing.
   * @example await roles.grant(licenceManagers.id, 'workflow', workflowId)
   */
  async grant(id: string, kind: GrantKind, resourceId: string): Promise<void> {
    await call('grant', { id, kind, resourceId })
  },
  /** Takes a grant back, also one of a thing that is gone. */
  async revoke(id: string, kind: GrantKind, resourceId: string): Promise<void> {
    await call('revoke', { id, kind, resourceId })
  },
} as const
