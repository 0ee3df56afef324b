import { type AccountRole, AppError, type Permission, roleMay, validationError } from '@bifrost/contract'
import { isUuid } from './ids.ts'

declare const brand: unique symbol

/** What else there is to say of the organization that is acted in. */
export interface OrgFacts {
  slug: string
  /** It runs the installation. */
  isProvider: boolean
  /** Nothing is started for one that was deactivated. */
  isActive: boolean
  parent: { id: string; name: string } | null
  /** The organization at the top of its tree, or directly below the provider; without it, itself. */
  customerId?: string
}

/**
 * Who acts, and for which organization. Every function that touches rows of an organization takes one first. It is made
 * only where a caller was authenticated, or from a row that the engine claimed; a test looks at who calls `makeScope`.
 */
export type OrgScope = Readonly<{
  /** The organization that is acted in: runs, tasks and the like belong to it. */
  orgId: string
  orgName: string
  organization: OrgFacts
  /** Organizations whose things it sees: itself first, then its parent, and so on. */
  chain: readonly string[]
  /** Who owns what is written of things that may be global; null: everybody, while a person acts globally. */
  owner: string | null
  userId: string | null
  email: string | null
  name: string | null
  role: AccountRole
  /** Where the person is at home, which is not always where they act. */
  homeOrgId: string
  /** The person belongs to the organization that runs the installation. */
  isProvider: boolean
  /** What an API key is limited to; null: whatever the role may do. */
  limitedTo: readonly Permission[] | null
  /** What the request came with; null: the platform acts by itself, or for a run. What is granted by it ends with it. */
  credential: CredentialRef | null
  [brand]: true
}>

/** A session of a browser, or an API key, by its id. */
export interface CredentialRef {
  kind: 'session' | 'key'
  id: string
}

type Who = Pick<OrgScope, 'orgId' | 'orgName' | 'userId' | 'email' | 'name' | 'role'> &
  Partial<
    Pick<
      OrgScope,
      'organization' | 'chain' | 'owner' | 'homeOrgId' | 'isProvider' | 'limitedTo' | 'credential'
    >
  >

/** By default: a person at home in an organization without a parent. */
export const makeScope = (who: Who): OrgScope =>
  Object.freeze({
    organization: { slug: '', isProvider: false, isActive: true, parent: null },
    chain: [who.orgId],
    owner: who.orgId,
    homeOrgId: who.orgId,
    isProvider: false,
    limitedTo: null,
    credential: null,
    ...who,
  }) as OrgScope

/**
 * Whether a person may act for an organization: their own; people of the provider for every one; those who build and
 * administer, for the organizations below theirs.
 */
export function mayActFor(
  person: Pick<OrgScope, 'homeOrgId' | 'isProvider' | 'role'>,
  org: { id: string; path: readonly string[] },
): boolean {
  if (org.id === person.homeOrgId) return true
  if (person.isProvider) return person.role !== 'external'
  return ['org_admin', 'developer'].includes(person.role) && org.path.includes(person.homeOrgId)
}

/** The same as a condition on the row `o` of `organizations`; `param` answers how a value is written. */
export function mayActForSql(
  { homeOrgId, isProvider, role }: Pick<OrgScope, 'homeOrgId' | 'isProvider' | 'role'>,
  param: (value: unknown) => string,
): string {
  if (isProvider && role !== 'external') return 'true'
  const home = param(homeOrgId)
  return ['org_admin', 'developer'].includes(role) ? `${home} = any(o.path)` : `o.id = ${home}`
}

/**
 * Who has the share of capacity that this counts for: the customer at the top of the tree, whatever number of
 * organizations it has below itself. A scope never changes, so that what was taken under it is also given back under it.
 */
export const shareHolderOf = ({ orgId, organization }: Pick<OrgScope, 'orgId' | 'organization'>): string =>
  organization.customerId ?? orgId

/** Which organizations' things a list shows. */
export type ListScope = { kind: 'all' } | { kind: 'global' } | { kind: 'org'; orgId: string }

/** Whether a list's `scope` parameter counts: for administrators of the platform, at home. */
export const mayAskLists = ({ owner, role, orgId, homeOrgId }: OrgScope): boolean =>
  owner !== null && role === 'platform_admin' && orgId === homeOrgId

/**
 * What a list's `scope` parameter means: administrators of the platform, at home, see all organizations unless they ask
 * for the global things or for one organization; whatever others ask for, they see where they act.
 */
export function listScope(scope: OrgScope, asked: string | undefined): ListScope {
  if (scope.owner === null) return { kind: 'global' }
  const here = { kind: 'org', orgId: scope.orgId } as const
  if (!mayAskLists(scope)) return here
  if (asked === undefined) return { kind: 'all' }
  if (asked === 'global') return { kind: 'global' }
  if (!isUuid(asked))
    throw validationError([{ field: 'scope', message: 'must be "global" or the id of an organization' }])
  return { kind: 'org', orgId: asked }
}

export const may = ({ role, limitedTo }: OrgScope, permission: Permission): boolean =>
  roleMay(role, permission) && (limitedTo === null || limitedTo.includes(permission))

/** Refuses to start anything for an organization that was deactivated: every way in ends here. */
export function requireActive({ orgName, organization }: OrgScope): void {
  if (!organization.isActive)
    throw new AppError('forbidden', `The organization ${orgName} is deactivated; nothing is started for it.`)
}

/** Refuses what the scope's role may not do. */
export function requirePermission(scope: OrgScope, permission: Permission): void {
  if (!may(scope, permission))
    throw new AppError(
      'forbidden',
      roleMay(scope.role, permission)
        ? `This API key does not have the permission for this (${permission}).`
        : `Your role does not have the permission for this (${permission}).`,
    )
}
