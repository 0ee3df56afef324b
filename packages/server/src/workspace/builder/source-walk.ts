import { join } from 'node:path'
import { limits } from '@bifrost/contract'
import { mayUseFile, ownerSlug } from '../../platform/file-owner.ts'
import { foldersOf } from '../owners.ts'
import { entriesOf } from './look.ts'

export interface Walk {
  root: string
  /** Whose files are wanted: an organization's by its slug; null: everybody's. */
  owner: string | null
  /** Everybody's files as well, which every owner may use. */
  withEverybodys: boolean
  enters(name: string): boolean
  takes(path: string, name: string): boolean
}

/**
 * Paths of files, with forward slashes. Symbolic links are not followed, wherever they lead, and only files are found: a
 * pipe or a device of the same name would be read for ever. A folder that cannot be read has none.
 */
export function walkFiles({ root, owner, withEverybodys, enters, takes }: Walk): string[] {
  const found: string[] = []
  let entries = 0
  const visit = (folder: string, depth: number): void => {
    if (depth > limits.sourceFolderDepthMax) return
    for (const entry of entriesOf(join(root, folder))) {
      if (++entries > limits.sourceEntriesMax) return
      const path = folder ? `${folder}/${entry.name}` : entry.name
      if (entry.isFile()) {
        if (takes(path, entry.name)) found.push(path)
      } else if (entry.isDirectory() && enters(entry.name) && mayUseFile(owner, ownerSlug(`${path}/`)))
        visit(path, depth + 1)
    }
  }
  if (owner === null || withEverybodys) visit('', 0)
  else for (const folder of foldersOf(root, owner)) visit(folder, 0)
  return found
}
