import type { AccountRole, MethodResult } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'

/** A person with an account, as `users.list` gives them. */
export interface UserInfo {
  id: string
  email: string
  name: string
  role: AccountRole
  isActive: boolean
  organization: { id: string; name: string }
  /** The roles whose member they are. */
  roles: { id: string; name: string }[]
}

const read = ({
  id,
  email,
  name,
  role,
  is_active,
  organization,
  roles,
}: MethodResult<'users.create'>): UserInfo => ({
  id,
  email,
  name,
  role,
  isActive: is_active,
  organization,
  roles,
})

/**
 * People of the run's organization, as far as the person who started the run may see and change them. No one can give a
 * role above their own.
 * @example const admins = await users.list({ role: 'org_admin', isActive: true })
 */
export const users = {
  /** Lists up to 1,000, by name. */
  async list(filter: { search?: string; role?: AccountRole; isActive?: boolean } = {}): Promise<UserInfo[]> {
    return (await callPlatform('users.list', filter)).map(read)
  },
  /** One person; undefined when there is none that the caller may see. */
  async get(id: string): Promise<UserInfo | undefined> {
    const found = await callPlatform('users.get', { id })
    return found === null ? undefined : read(found)
  },
  /**
   * Creates an account, with the role `member` when none is given. It has no password: people sign in with single sign-on,
   * or with an invitation from the page People. Only for people of the provider: for others
   * it fails with `conflict` for every address; they invite people. Fails with `already_exists` when the
   * address has an account anywhere in the installation.
   * @example const { id } = await users.create({ email: 'ada@example.com', name: 'Ada' })
   */
  async create(user: { email: string; name: string; role?: AccountRole }): Promise<UserInfo> {
    return read(await callPlatform('users.create', user))
  },
  /** Renames a person, changes their role, deactivates or reactivates them. Deactivating ends sessions and keys at once. */
  async update(
    id: string,
    change: { name?: string; role?: AccountRole; isActive?: boolean },
  ): Promise<UserInfo> {
    return read(await callPlatform('users.update', { id, ...change }))
  },
  /** Deletes an account; fails with `conflict` while schedules, tasks or live runs are theirs. */
  async delete(id: string): Promise<void> {
    await callPlatform('users.delete', { id })
  },
} as const
