import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ORGANIZATIONS, ownerSlug } from '../platform/file-owner.ts'

/** Who has files in a workspace: everybody (null) first, then the organizations that have a folder, by slug. */
export function listOwners(workspaceDir: string): (string | null)[] {
  return [null, ...new Set(organizationFolders(workspaceDir).map(slugOf))]
}

/**
 * The folders of an organization, as paths of the workspace. Mostly one; a file system may have its name in several
 * spellings, and all of them are the organization's.
 */
export const foldersOf = (workspaceDir: string, slug: string): string[] =>
  organizationFolders(workspaceDir).filter((folder) => slugOf(folder) === slug)

function organizationFolders(workspaceDir: string): string[] {
  return foldersIn(workspaceDir)
    .filter((name) => name.toLowerCase() === ORGANIZATIONS)
    .flatMap((name) => foldersIn(join(workspaceDir, name)).map((slug) => `${name}/${slug}`))
    .sort()
}

const slugOf = (folder: string): string => ownerSlug(`${folder}/`) ?? ''

function foldersIn(folder: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
  return entries.flatMap((entry) => (entry.isDirectory() && !/^[_.]/.test(entry.name) ? [entry.name] : []))
}
