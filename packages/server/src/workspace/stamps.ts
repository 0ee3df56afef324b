import { createHash } from 'node:crypto'
import { type Dirent, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Size and time of the files that analysis may read, by path within the workspace. */
export type Stamps = ReadonlyMap<string, string>

const READ_BY_ANALYSIS = /(\.(ts|mts|tsx|json)|^package-lock\.json)$/
const FILES_MAX = 20_000

/** Stands for all installed packages: it changes with what npm, another tool or a hand puts there. */
export const INSTALLED = 'node_modules'

/** Walks the workspace without following links and without `node_modules` and hidden folders. */
export async function readStamps(workspaceDir: string): Promise<Stamps> {
  const stamps = new Map<string, string>()
  const visit = async (folder: string): Promise<void> => {
    const entries: Dirent[] = await readdir(join(workspaceDir, folder), { withFileTypes: true }).catch(
      () => [],
    )
    const folders: string[] = []
    for (const entry of entries) {
      const path = folder ? `${folder}/${entry.name}` : entry.name
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && !entry.name.startsWith('.')) folders.push(path)
      } else if (entry.isFile() && READ_BY_ANALYSIS.test(entry.name) && stamps.size < FILES_MAX) {
        const stamp = stampOf(join(workspaceDir, path))
        if (stamp) stamps.set(path, stamp)
      }
    }
    await Promise.all(folders.map(visit))
  }
  await visit('')
  const installed = [INSTALLED, `${INSTALLED}/.package-lock.json`].map((path) =>
    stampOf(join(workspaceDir, path)),
  )
  if (installed[0]) stamps.set(INSTALLED, installed.join('/'))
  return stamps
}

export function stampOf(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.size}-${stat.mtimeMs}` : null
}

/** Changes with any file. */
export function digestOf(stamps: Stamps, version: string): string {
  const hash = createHash('sha256').update(version)
  for (const path of [...stamps.keys()].sort()) hash.update(`${path}\0${stamps.get(path)}\n`)
  return hash.digest('hex')
}

/** Paths that are new, different or gone. */
export function changedPaths(before: Stamps, after: Stamps): string[] {
  const changed: string[] = []
  for (const [path, stamp] of after) if (before.get(path) !== stamp) changed.push(path)
  for (const path of before.keys()) if (!after.has(path)) changed.push(path)
  return changed
}
