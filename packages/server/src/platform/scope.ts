import { type AccountRole, AppError, type Permission, roleMay } from '@bifrost/contract'

declare const brand: unique symbol

/**
 * For whom something is done. Every function that touches rows of an organisation takes one first. Made only where
 * somebody was authenticated, or from a row that the engine claimed; a test looks at who calls `makeScope`.
 */
export type OrgScope = Readonly<{
  orgId: string
  orgName: string
  userId: string | null
  email: string | null
  name: string | null
  role: AccountRole
  [brand]: true
}>

export const makeScope = (who: Omit<OrgScope, typeof brand>): OrgScope =>
  Object.freeze({ ...who }) as OrgScope

export const may = (scope: OrgScope, permission: Permission): boolean => roleMay(scope.role, permission)

/** Refuses what the scope's role may not do. */
export function demand(scope: OrgScope, permission: Permission): void {
  if (!may(scope, permission))
    throw new AppError('forbidden', `Your role has no permission for this (${permission}).`)
}
