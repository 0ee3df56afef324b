import { type AccountRole, accountRoles, type Me } from '@bifrost/contract'

/** The roles of accounts, as people call them. */
export const roleNames: Record<AccountRole, string> = {
  platform_admin: 'Platform administrator',
  org_admin: 'Administrator',
  developer: 'Developer',
  member: 'Member',
  external: 'External',
}

/** All who have one of them. */
export const roleGroups: Record<AccountRole, string> = {
  platform_admin: 'Platform administrators',
  org_admin: 'Administrators',
  developer: 'Developers',
  member: 'Members',
  external: 'Guests',
}

/** What a person with this role may do, in one line. */
export const roleHelp: Record<AccountRole, string> = {
  platform_admin: 'Everything, in every organization.',
  org_admin: 'What developers can do, plus people, roles, config and integrations.',
  developer: 'Builds workflows, sees all runs with their details.',
  member: 'Runs workflows and sees their own runs.',
  external: 'Sees and runs only what a role gives access to.',
}

/** Those that this person may give: none above their own, and the highest only among people of the provider. */
export function rolesToGive(me: Pick<Me, 'role'>, isProvider: boolean): AccountRole[] {
  const own = accountRoles.indexOf(me.role)
  return accountRoles.filter((role, index) => index >= own && (role !== 'platform_admin' || isProvider))
}
