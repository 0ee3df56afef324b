import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { ownerSlug } from '../../platform/file-owner.ts'
import { isInside, slashes } from './inside.ts'
import { type LinkedPackage, linkedPackages } from './linked-packages.ts'

const MODULES = `${sep}node_modules${sep}`

/** Which files a bundle may be made of: the workspace's own, and installed packages. */
export class BundlePaths {
  /** Without symbolic links. */
  readonly root: string
  readonly #packageRoots = new Map<string, string | null>()
  #linked: ReadonlyMap<string, LinkedPackage> | undefined

  constructor(workspaceDir: string) {
    this.root = realpathSync(workspaceDir)
  }

  /** The author's own file, as opposed to one of a package. */
  isOwn(file: string): boolean {
    return isInside(this.root, file) && !file.slice(this.root.length).includes(MODULES)
  }

  /** The organization whose folder holds a file; null: everybody's, or none of the workspace. */
  ownerOf(file: string): string | null {
    return isInside(this.root, file) ? ownerSlug(slashes(relative(this.root, file))) : null
  }

  /** Lies below a node_modules folder of the workspace; whose that is, `ownerOf` says. */
  isInstalled(file: string): boolean {
    return isInside(this.root, file) && file.slice(this.root.length).includes(MODULES)
  }

  /** The folder of the named package that a file belongs to. */
  packageRoot(file: string): string | null {
    const folder = dirname(file)
    const known = this.#packageRoots.get(folder)
    if (known !== undefined) return known
    const root = hasName(join(folder, 'package.json'))
      ? folder
      : dirname(folder) === folder
        ? null
        : this.packageRoot(folder)
    this.#packageRoots.set(folder, root)
    return root
  }

  /** Where the package of this name lies that was installed for the whole workspace outside of it. */
  linkedPackage(specifier: string): string | null {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0]
    this.#linked ??= linkedPackages(this.root)
    const folder = name === undefined ? undefined : this.#linked.get(name)?.folder
    return folder !== undefined && hasName(join(folder, 'package.json')) ? folder : null
  }

  /** A path as the author knows it: relative to the workspace, or from `node_modules/` on. */
  shown(file: string): string {
    const inPackages = file.lastIndexOf(MODULES)
    if (inPackages !== -1) return slashes(file.slice(inPackages + 1))
    if (isInside(this.root, file)) return slashes(relative(this.root, file))
    const root = this.packageRoot(file)
    return root ? `node_modules/${nameOf(root)}/${slashes(relative(root, file))}` : slashes(file)
  }
}

function readName(file: string): string | null {
  if (!existsSync(file)) return null
  try {
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }
    return typeof name === 'string' && name ? name : null
  } catch {
    return null
  }
}

const hasName = (file: string): boolean => readName(file) !== null
const nameOf = (root: string): string => readName(join(root, 'package.json')) ?? ''
