import { dirname, join } from 'node:path'
import { isInside } from './inside.ts'
import { entriesOf, realOf } from './look.ts'
import { readPackageFile } from './source-files.ts'

export interface LinkedPackage {
  /** Its folder, without symbolic links. */
  folder: string
  /** Where its name is found, which may be a link to the folder. */
  foundAt: string
}

/**
 * Packages outside of a workspace that an operator installed for all of it, by name: what is linked into its own
 * `node_modules`, as `npm link` does; all of a `node_modules` that is itself a link; and, for a workspace that is one of
 * several of npm, what its `package.json` depends on and npm put into the `node_modules` above. A link in an
 * organization's `node_modules` counts for nothing.
 */
export function linkedPackages(root: string): ReadonlyMap<string, LinkedPackage> {
  const linked = new Map<string, LinkedPackage>()
  const add = (name: string, foundAt: string, folder = realOf(foundAt)): boolean => {
    // A folder around the workspace has more in it than a package, such as all organizations.
    if (!folder || linked.has(name) || isInside(root, folder) || isInside(folder, root)) return false
    linked.set(name, { folder, foundAt })
    return true
  }
  const modules = join(root, 'node_modules')
  const real = realOf(modules) ?? modules
  const look = (scope: string): void => {
    for (const entry of entriesOf(join(modules, scope))) {
      const name = scope + entry.name
      if (entry.name.startsWith('.')) continue
      if (entry.isDirectory() && scope === '' && entry.name.startsWith('@')) look(`${name}/`)
      else if (entry.isSymbolicLink()) add(name, join(modules, name))
      else if (real !== modules) add(name, join(modules, name), join(real, name))
    }
  }
  look('')

  const above = modulesAbove(root)
  const open = above.length > 0 ? [root] : []
  for (let folder = open.pop(); folder !== undefined; folder = open.pop())
    for (const name of dependenciesOf(folder, folder === root))
      if (above.some((modules) => add(name, join(modules, name)))) open.push(linked.get(name)?.folder ?? '')
  return linked
}

/** The `node_modules` of folders above into which npm has linked this workspace: who installed there named it. */
export function modulesAbove(root: string): string[] {
  const { name } = manifestOf(root)
  const found: string[] = []
  if (typeof name !== 'string' || !isPackageName(name)) return found
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules')
    if (realOf(join(modules, name)) === root) found.push(modules)
    if (folder === dirname(folder)) return found
  }
}

function dependenciesOf(folder: string, isWorkspace: boolean): string[] {
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifestOf(folder)
  return [dependencies, optionalDependencies, peerDependencies, isWorkspace ? devDependencies : null]
    .flatMap((named) => (typeof named === 'object' && named !== null ? Object.keys(named) : []))
    .filter(isPackageName)
}

/** A name that is no path. */
const isPackageName = (name: string): boolean => /^(@[\w-][\w.-]*\/)?[\w-][\w.-]*$/.test(name)

function manifestOf(folder: string): Record<string, unknown> {
  try {
    const manifest: unknown = JSON.parse(readPackageFile(join(folder, 'package.json')) ?? '{}')
    return typeof manifest === 'object' && manifest !== null ? (manifest as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
