import { join, posix, relative } from 'node:path'
import { mayUseFile, ownerSlug } from '../../../platform/file-owner.ts'
import { isInside, slashes } from '../inside.ts'
import { isFile, isFolder, realOf } from '../look.ts'
import type { PythonImport } from './imports.ts'

/** Where an import leads. Paths are relative to the workspace. */
export interface Resolved {
  /** The files that it loads: the module, and `__init__.py` of the packages on the way. */
  files: string[]
  /** The file or folder of the module that is named first; null: it is none of the workspace. */
  module: string | null
  /** Files of names that are modules themselves. */
  submodules: Map<string, string>
  /** Why it leads nowhere within the workspace: not there, or in the folder of another organization. */
  lost: 'missing' | 'foreign' | null
  /** Files that would change where it leads, were they there. */
  candidates: string[]
}

/** Finds the files of modules: absolute ones from the workspace's root, relative ones from the importer's folder. */
export class PythonPaths {
  readonly #root: string
  readonly #real: string
  /** Texts that are not saved. */
  readonly #exists: (path: string) => boolean
  #known: Map<string, Resolved> | null = null

  constructor(root: string, pretended: (path: string) => boolean = () => false) {
    this.#root = root
    this.#real = realOf(root) ?? root
    this.#exists = (path) => pretended(path) || isFile(join(root, path))
  }

  /** Takes what is there for unchanged until then. */
  during<T>(read: () => T): T {
    this.#known = new Map()
    try {
      return read()
    } finally {
      this.#known = null
    }
  }

  resolve(one: Pick<PythonImport, 'module' | 'level' | 'names'>, importer: string): Resolved {
    if (!this.#known) return this.#resolve(one, importer)
    const from = one.level > 0 ? posix.dirname(importer) : ownerSlug(importer)
    const key = JSON.stringify([from, one.level, one.module, one.names?.map(({ name }) => name) ?? null])
    const known = this.#known.get(key) ?? this.#resolve(one, importer)
    this.#known.set(key, known)
    return known
  }

  #resolve(one: Pick<PythonImport, 'module' | 'level' | 'names'>, importer: string): Resolved {
    const resolved: Resolved = { files: [], module: null, submodules: new Map(), lost: null, candidates: [] }
    let base = ''
    if (one.level > 0) {
      base = importer.includes('/') ? posix.dirname(importer) : ''
      for (let up = 1; up < one.level; up++) {
        if (base === '') return { ...resolved, lost: 'missing' }
        base = base.includes('/') ? posix.dirname(base) : ''
      }
    }
    const found = this.#walk(base, one.module === '' ? [] : one.module.split('.'), importer, resolved)
    if (found === null) return resolved
    resolved.module = found.path
    for (const { name } of one.names ?? []) {
      if (name === '*' || found.isFile) continue
      const before = resolved.candidates.length
      const inner = this.#walk(found.path, [name], importer, resolved)
      if (inner) resolved.submodules.set(name, inner.path)
      // A name of a package is not a module by need.
      else if (resolved.lost === 'missing' && found.hasInit) resolved.lost = null
      if (inner) resolved.candidates.length = before
    }
    return resolved
  }

  /** The folders above a file that are packages: they are loaded before it. */
  packagesOf(path: string): string[] {
    const parts = path.split('/').slice(0, -1)
    return parts
      .map((_, index) => `${parts.slice(0, index + 1).join('/')}/__init__.py`)
      .filter((init) => this.#exists(init) && this.#mayUse(path, init) === true)
  }

  #walk(
    base: string,
    parts: readonly string[],
    importer: string,
    into: Resolved,
  ): { path: string; isFile: boolean; hasInit: boolean } | null {
    let path = base
    let hasInit = parts.length === 0 && this.#exists(join(base, '__init__.py'))
    if (hasInit) into.files.push(slashes(join(base, '__init__.py')))
    for (const [index, part] of parts.entries()) {
      path = path ? `${path}/${part}` : part
      if (!mayUseFile(ownerSlug(importer), ownerSlug(`${path}/`))) {
        into.lost = 'foreign'
        return null
      }
      const [init, file] = [`${path}/__init__.py`, `${path}.py`]
      hasInit = this.#exists(init)
      if (hasInit || this.#exists(file)) {
        const found = hasInit ? init : file
        if (!this.#mayUse(importer, found)) {
          into.lost = 'foreign'
          return null
        }
        into.files.push(found)
        if (!hasInit) into.candidates.push(init)
        if (hasInit) continue
        // `import a.b` of a file a.py finds no b.
        if (index < parts.length - 1) into.lost = 'missing'
        return index < parts.length - 1 ? null : { path: file, isFile: true, hasInit: false }
      }
      into.candidates.push(init, file)
      if (!isFolder(join(this.#root, path))) {
        into.lost = 'missing'
        return null
      }
    }
    return { path, isFile: false, hasInit }
  }

  /** Whether the importer's code may have this file, wherever links lead. */
  #mayUse(importer: string, path: string): boolean {
    const real = realOf(join(this.#root, path))
    // It is not saved yet.
    if (real === null) return mayUseFile(ownerSlug(importer), ownerSlug(path))
    if (!isInside(this.#real, real)) return false
    const own = slashes(relative(this.#real, real))
    return !own.includes('node_modules/') && mayUseFile(ownerSlug(importer), ownerSlug(own))
  }
}
