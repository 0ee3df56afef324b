import type { MethodResult } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'

/** An organization, as `organizations.list` gives it. */
export interface OrganizationInfo {
  id: string
  name: string
  /** Names its folder of the workspace; it never changes. */
  slug: string
  /** The organization above it; null at the top. */
  parentId: string | null
  /** Itself first, then its parent, and so on: where it inherits from. */
  path: string[]
  isProvider: boolean
  isActive: boolean
  /** Where its people have their addresses, such as `contoso.com`; null when that is not known. */
  domain: string | null
}

const read = ({
  id,
  name,
  slug,
  parent_id,
  path,
  is_provider,
  is_active,
  domain,
}: MethodResult<'organizations.create'>): OrganizationInfo => ({
  id,
  name,
  slug,
  parentId: parent_id,
  path,
  isProvider: is_provider,
  isActive: is_active,
  domain,
})

/**
 * Organizations, as far as the person who started the run may see and change them: people of the provider all of them,
 * others their own and those below it. A person without the permission is refused.
 * @example
 * for (const { id, name } of await organizations.list({ isActive: true })) logger.info(`${name} ${id}`)
 */
export const organizations = {
  /** Lists up to 1,000; parents come before their children. */
  async list(filter: { search?: string; isActive?: boolean } = {}): Promise<OrganizationInfo[]> {
    return (await callPlatform('organizations.list', filter)).map(read)
  },
  /** One organization; undefined when there is none that the person may see. */
  async get(id: string): Promise<OrganizationInfo | undefined> {
    const found = await callPlatform('organizations.get', { id })
    return found === null ? undefined : read(found)
  },
  /**
   * Creates one: below `parentId`, else at the top for people of the provider, and below their own for others.
   * @example const { id } = await organizations.create('Contoso')
   */
  async create(
    name: string,
    options: { parentId?: string | null; domain?: string | null } = {},
  ): Promise<OrganizationInfo> {
    return read(await callPlatform('organizations.create', { name, ...options }))
  },
  /** Renames, moves, deactivates or reactivates one, or changes its domain; what is absent stays as it is. */
  async update(
    id: string,
    change: { name?: string; parentId?: string | null; isActive?: boolean; domain?: string | null },
  ): Promise<OrganizationInfo> {
    return read(await callPlatform('organizations.update', { id, ...change }))
  },
  /** Deletes one that nothing uses, its history included; otherwise fails with `conflict`, and says what uses it. */
  async delete(id: string): Promise<void> {
    await callPlatform('organizations.delete', { id })
  },
} as const
