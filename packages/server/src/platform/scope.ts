import { type AccountRole, AppError, type Permission, roleMay, validationError } from '@bifrost/contract'
import { isUuid } from './ids.ts'

declare const brand: unique symbol

/** What else there is to say of the organisation that is acted in. */
export interface OrgFacts {
  slug: string
  /** It runs the installation. */
  isProvider: boolean
  /** Nothing is started for one that was deactivated. */
  isActive: boolean
  parent: { id: string; name: string } | null
}

/**
 * For whom something is done. Every function that touches rows of an organisation takes one first. Made only where
 * somebody was authenticated, or from a row that the engine claimed; a test looks at who calls `makeScope`.
 */
export type OrgScope = Readonly<{
  /** The organisation that is acted in: runs, tasks and the like belong to it. */
  orgId: string
  orgName: string
  organization: OrgFacts
  /** Organisations whose things it sees: itself first, then its parent, and so on. */
  chain: readonly string[]
  /** Who owns what is written of things that may be global; null: everybody, while somebody acts globally. */
  owner: string | null
  userId: string | null
  email: string | null
  name: string | null
  role: AccountRole
  /** Where the person is at home, which is not always where they act. */
  homeOrgId: string
  /** The person belongs to the organisation that runs the installation. */
  isProvider: boolean
  /** What an API key is limited to; null: whatever the role may do. */
  limitedTo: readonly Permission[] | null
  [brand]: true
}>

type Who = Pick<OrgScope, 'orgId' | 'orgName' | 'userId' | 'email' | 'name' | 'role'> &
  Partial<Pick<OrgScope, 'organization' | 'chain' | 'owner' | 'homeOrgId' | 'isProvider' | 'limitedTo'>>

/** Without more said: somebody at home in an organisation without a parent. */
export const makeScope = (who: Who): OrgScope =>
  Object.freeze({
    organization: { slug: '', isProvider: false, isActive: true, parent: null },
    chain: [who.orgId],
    owner: who.orgId,
    homeOrgId: who.orgId,
    isProvider: false,
    limitedTo: null,
    ...who,
  }) as OrgScope

/**
 * Whether a person may act for an organisation: their own; people of the provider for every one; those who build and
 * administer, for the organisations below theirs.
 */
export function mayActFor(
  person: Pick<OrgScope, 'homeOrgId' | 'isProvider' | 'role'>,
  org: { id: string; path: readonly string[] },
): boolean {
  if (org.id === person.homeOrgId) return true
  if (person.isProvider) return person.role !== 'external'
  return ['org_admin', 'developer'].includes(person.role) && org.path.includes(person.homeOrgId)
}

/** Which organisations' things a list shows. */
export type ListScope = { kind: 'all' } | { kind: 'global' } | { kind: 'org'; orgId: string }

/**
 * What a list's `scope` parameter means: administrators of the platform, at home, see all organisations unless they ask
 * for the global things or for one organisation; whatever others ask for, they see where they act.
 */
export function listScope(scope: OrgScope, asked: string | undefined): ListScope {
  if (scope.owner === null) return { kind: 'global' }
  const here = { kind: 'org', orgId: scope.orgId } as const
  if (scope.role !== 'platform_admin' || scope.orgId !== scope.homeOrgId) return here
  if (asked === undefined) return { kind: 'all' }
  if (asked === 'global') return { kind: 'global' }
  if (!isUuid(asked))
    throw validationError([{ field: 'scope', message: 'must be "global" or the id of an organisation' }])
  return { kind: 'org', orgId: asked }
}

export const may = ({ role, limitedTo }: OrgScope, permission: Permission): boolean =>
  roleMay(role, permission) && (limitedTo === null || limitedTo.includes(permission))

/** Refuses to start anything for an organisation that was deactivated: every way in ends here. */
export function demandActive({ orgName, organization }: OrgScope): void {
  if (!organization.isActive)
    throw new AppError('forbidden', `The organisation ${orgName} is deactivated; nothing is started for it.`)
}

/** Refuses what the scope's role may not do. */
export function demand(scope: OrgScope, permission: Permission): void {
  if (!may(scope, permission))
    throw new AppError(
      'forbidden',
      roleMay(scope.role, permission)
        ? `This API key is not made for this (${permission}).`
        : `Your role has no permission for this (${permission}).`,
    )
}
