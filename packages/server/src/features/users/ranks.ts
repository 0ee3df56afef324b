import { type AccountRole, AppError, accountRoles, validationError } from '@bifrost/contract'
import type { OrgScope } from '../../platform/scope.ts'

/** The account roles stand in the contract from the highest to the lowest. */
const rankOf = (role: AccountRole): number => accountRoles.length - accountRoles.indexOf(role)

/** Whether one role stands above another. */
export const isAbove = (role: AccountRole, other: AccountRole): boolean => rankOf(role) > rankOf(other)

/** No one can give a role above their own, and administrators of the platform belong to the provider. */
export function mayGive(scope: OrgScope, role: AccountRole, isProvider: boolean): void {
  if (isAbove(role, scope.role))
    throw new AppError('forbidden', `You cannot assign a role above your own (${role}).`)
  if (role === 'platform_admin' && !isProvider)
    throw validationError([
      {
        field: 'role',
        message: 'platform_admin is for people of the organization that runs the installation',
      },
    ])
}

/** No one can change a person who stands above them, or decide about themselves. */
export function mayDecideAbout(
  scope: OrgScope,
  person: { id: string; role: AccountRole },
  decision: 'change' | 'remove',
): void {
  if (isAbove(person.role, scope.role))
    throw new AppError('forbidden', 'The role of this person is above yours.')
  if (decision === 'remove' && person.id === scope.userId)
    throw new AppError('forbidden', 'This is your own account. Ask another administrator to do this.')
}
