import { AppError } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { ORGANIZATIONS, organizationFolder, ownerSlug } from '../../platform/file-owner.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { may } from '../../platform/scope.ts'
import type { FileRules } from './files.ts'

/** An organisation as its files know it. */
export interface FolderOwner {
  id: string
  slug: string
  isProvider: boolean
}

/** Reads it once: neither ever changes. */
export function createFolderOwners(db: Database): (orgId: string) => Promise<FolderOwner> {
  const known = new Map<string, FolderOwner>()
  return async (orgId) => {
    const found = known.get(orgId)
    if (found) return found
    const [row] = await db.query<{ slug: string; is_provider: boolean }>(
      'select slug, is_provider from organizations where id = $1',
      [orgId],
    )
    if (!row) throw new AppError('not_found', 'There is no such organisation.')
    const owner = { id: orgId, slug: row.slug, isProvider: row.is_provider }
    known.set(orgId, owner)
    return owner
  }
}

/** Somebody of the provider who acts for it, or globally, works on the workspace as a whole. */
export const seesWhole = (scope: OrgScope): boolean =>
  scope.isProvider && scope.role !== 'external' && (scope.owner === null || scope.orgId === scope.homeOrgId)

/** What somebody may do with the workspace through the API: the provider's people with all of it, others with their own. */
export const rulesOf = (scope: OrgScope, owner: FolderOwner): FileRules =>
  seesWhole(scope) ? whole : within(organizationFolder(owner.slug))

/**
 * What a run may do. It writes where its organisation may, and reads there and where its own code lies: a workflow of
 * everybody's brings its data along.
 */
export function rulesOfRun(scope: OrgScope, owner: FolderOwner, codePath: string): FileRules {
  const ownFolder = organizationFolder(owner.slug)
  const codeSlug = ownerSlug(codePath)
  const isProvider = codeSlug === null && (owner.isProvider || scope.owner === null)
  const isEverybodys = (path: string) => path !== ORGANIZATIONS && ownerSlug(`${path}/`) === null
  const isOwn = (path: string) => path === ownFolder || path.startsWith(`${ownFolder}/`)
  const isOfCode = (path: string) =>
    codeSlug === null ? isEverybodys(path) : isBelow(organizationFolder(codeSlug), path)
  // The provider's builders reach the folders of organisations from their own runs, too.
  const mayReach = isProvider && seesWhole(scope) && may(scope, 'file:write')
  return {
    demand(path, access) {
      if (mayReach || isOwn(path)) return
      if (isProvider && isEverybodys(path)) return
      if (access !== 'write' && (isOfCode(path) || isAbove(ownFolder, path))) return
      throw refusal(path, ownFolder)
    },
    shows: (path) =>
      mayReach ||
      isOwn(path) ||
      isAbove(ownFolder, path) ||
      isOfCode(path) ||
      (isProvider && isEverybodys(path)),
  }
}

const whole: FileRules = { demand: () => {}, shows: () => true }

const within = (folder: string): FileRules => ({
  demand(path, access) {
    if (path.startsWith(`${folder}/`)) return
    if (access === 'list' && (path === folder || isAbove(folder, path))) return
    throw refusal(path, folder)
  },
  shows: (path) => isBelow(folder, path) || isAbove(folder, path),
})

/** One file, and nothing beside it. */
export const only = (file: string): FileRules => ({
  demand(path) {
    if (path !== file) throw new AppError('not_found', `There is no file ${path}.`)
  },
  shows: () => false,
})

const isBelow = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`)
const isAbove = (folder: string, path: string): boolean => path === '' || folder.startsWith(`${path}/`)

/** Of other organisations not even the names are known. */
const refusal = (path: string, folder: string): AppError =>
  ownerSlug(`${path}/`) !== null && !isBelow(folder, path)
    ? new AppError('not_found', `There is no file ${path}.`)
    : new AppError('forbidden', `Files of your organisation lie below ${folder}/.`)
