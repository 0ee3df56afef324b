import { AppError } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { ORGANIZATIONS, organizationFolder, ownerSlug } from '../../platform/file-owner.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { may, requirePermission } from '../../platform/scope.ts'
import type { FileRules } from './files.ts'

/** An organization as its files know it. */
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
    if (!row) throw new AppError('not_found', 'There is no such organization.')
    const owner = { id: orgId, slug: row.slug, isProvider: row.is_provider }
    known.set(orgId, owner)
    return owner
  }
}

/** A person of the provider who acts for it, or globally, works on the workspace as a whole. */
export const seesWhole = (scope: OrgScope): boolean =>
  scope.isProvider && scope.role !== 'external' && (scope.owner === null || scope.orgId === scope.homeOrgId)

/** What a person may do with the workspace through the API: the provider's people with all of it, others with their own. */
export const rulesOf = (scope: OrgScope, owner: FolderOwner): FileRules =>
  withSources(scope, seesWhole(scope) ? whole : within(organizationFolder(owner.slug)))

/**
 * What is run, or decides what is run, by its name: sources, style sheets, settings of tools, packages, and everything that
 * hides. Whatever else code imports is judged when it does: see `UnvettedFiles`.
 */
const SOURCE =
  /\.([cm]?[jt]sx?|s?css|jsonc?|py|node|wasm)$|(^|\/)(\.|node_modules(\/|$)|(requirements\.txt|pyproject\.toml)$)/i

/**
 * Who writes a source decides what others run with their own rights, so it takes the permission for workflows, too. These
 * rules see where a path leads, however it was written, and each way to write a file of the workspace passes them.
 */
const withSources = (scope: OrgScope, rules: FileRules): FileRules => ({
  ...rules,
  requireAllowed(path, access) {
    rules.requireAllowed(path, access)
    if (access === 'folder' || (access === 'write' && SOURCE.test(path))) {
      requirePermission(scope, 'file:write')
      requirePermission(scope, 'workflow:write')
    }
  },
})

/**
 * What a run may do. It writes where its organization may, and reads there and where its own code lies: a workflow of
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
  // The provider's builders reach the folders of organizations from their own runs, too.
  const mayReach = isProvider && seesWhole(scope) && may(scope, 'file:write')
  return withSources(scope, {
    requireAllowed(path, access) {
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
  })
}

const whole: FileRules = { requireAllowed: () => {}, shows: () => true }

const within = (folder: string): FileRules => ({
  requireAllowed(path, access) {
    if (path.startsWith(`${folder}/`)) return
    if (access === 'list' && (path === folder || isAbove(folder, path))) return
    throw refusal(path, folder)
  },
  shows: (path) => isBelow(folder, path) || isAbove(folder, path),
})

/** One file, and nothing beside it. */
export const only = (file: string): FileRules => ({
  requireAllowed(path) {
    if (path !== file) throw new AppError('not_found', `There is no file ${path}.`)
  },
  shows: () => false,
})

const isBelow = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`)
const isAbove = (folder: string, path: string): boolean => path === '' || folder.startsWith(`${path}/`)

/** Of other organizations not even the names are known. */
const refusal = (path: string, folder: string): AppError =>
  ownerSlug(`${path}/`) !== null && !isBelow(folder, path)
    ? new AppError('not_found', `There is no file ${path}.`)
    : new AppError('forbidden', `Files of your organization are below ${folder}/.`)
