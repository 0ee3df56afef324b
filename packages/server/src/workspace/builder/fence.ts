import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { mayUseFile, ownerSlug } from '../../platform/file-owner.ts'
import { isInside, slashes } from './inside.ts'
import { linkedPackages } from './linked-packages.ts'
import { isFile, isFolder, realOf } from './look.ts'
import { platformPackages } from './platform-packages.ts'
import { readPackageFile } from './source-files.ts'

/**
 * Which files TypeScript may look at for an owner: everybody's and the owner's own, packages of the workspace and those
 * linked there, and the platform's declarations. For it there is nothing else on the machine, whatever a manifest, a
 * `paths` option, a `/// <reference>` line or a symbolic link says.
 */
export class Fence {
  readonly #root: string
  readonly #owner: string | null
  #linked: { folders: ReadonlySet<string>; above: ReadonlySet<string> } | undefined

  constructor(root: string, owner: string | null) {
    this.#root = root
    this.#owner = owner
  }

  /** Links may have changed. */
  forget(): void {
    this.#linked = undefined
  }

  /** Whether this is a file, and one that may be read, by its name and with links followed. */
  admits(file: string): boolean {
    if (!this.#holds(file, file)) return false
    // A pipe or a device of a fitting name would be read for ever.
    if (!isFile(file)) return false
    const real = realOf(file)
    return real !== null && (real === file || this.#holds(real, real))
  }

  /** Whether a file belongs to the workspace or to what is installed there, as opposed to the platform. */
  isOfWorkspace(file: string): boolean {
    return isInside(this.#root, file) || this.#isLinked(file)
  }

  /** What TypeScript resolves names with. */
  readonly host = {
    fileExists: (file: string): boolean => this.admits(file),
    readFile: (file: string): string | undefined => (this.admits(file) ? readPackageFile(file) : undefined),
    directoryExists: (folder: string): boolean => this.#admitsFolder(folder),
    getDirectories: (folder: string): string[] =>
      this.#admitsFolder(folder) ? ts.sys.getDirectories(folder) : [],
    realpath: (file: string): string => realOf(file) ?? file,
    getCurrentDirectory: (): string => this.#root,
    useCaseSensitiveFileNames: true,
  }

  #admitsFolder(folder: string): boolean {
    const isPassed = platformPackages().above.has(folder) || this.#links().above.has(folder)
    if (!isPassed && !this.#holds(folder, join(folder, '_'))) return false
    return isFolder(folder)
  }

  /** `inside`: the path that says whose it is; of a folder, that of something in it. */
  #holds(path: string, inside: string): boolean {
    if (isInside(this.#root, path))
      return mayUseFile(this.#owner, ownerSlug(slashes(relative(this.#root, inside))))
    return platformPackages().folders.some((folder) => isInside(folder, path)) || this.#isLinked(path)
  }

  /** There may be hundreds, and every look at a file asks this. */
  #isLinked(path: string): boolean {
    const { folders } = this.#links()
    return folders.has(path) || foldersAbove(path).some((folder) => folders.has(folder))
  }

  #links(): { folders: ReadonlySet<string>; above: ReadonlySet<string> } {
    if (this.#linked) return this.#linked
    const linked = linkedPackages(this.#root).values()
    const folders = new Set([...linked].flatMap(({ folder, foundAt }) => [folder, foundAt]))
    this.#linked = { folders, above: new Set([...folders].flatMap(foldersAbove)) }
    return this.#linked
  }
}

function foldersAbove(path: string): string[] {
  const found: string[] = []
  for (let folder = dirname(path); folder !== found.at(-1); folder = dirname(folder)) found.push(folder)
  return found
}
