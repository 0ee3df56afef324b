import { join, posix, relative } from 'node:path'
import { mayUseFile, ownerFolder, ownerSlug } from '../../../platform/file-owner.ts'
import { isInside, slashes } from '../inside.ts'
import { isFile, isFolder, realOf } from '../look.ts'
import type { PythonImport } from './imports.ts'
import { STANDARD_MODULES } from './standard-modules.ts'

type Import = Pick<PythonImport, 'module' | 'level' | 'names' | 'isByName'>

/** Where an import leads. Paths are relative to the workspace. */
export interface Resolved {
  /** The files that it loads: the module, and `__init__.py` of the packages on the way. */
  files: string[]
  /** The file or folder of the module that is named first; null: it is none of the workspace. */
  module: string | null
  /** The file or folder of the first part of its name. */
  top: string | null
  /** Of a folder of the organization without `__init__.py`: the module of everybody's of the same name, which has the rest. */
  behind: string | null
  /** Files of names that are modules themselves. */
  submodules: Map<string, string>
  /** Why it leads nowhere within the workspace: not there, or in the folder of another organization. */
  lost: 'missing' | 'foreign' | null
  /** Files that would change where it leads, were they there. */
  candidates: string[]
}

/**
 * Finds the files of modules: relative ones from the importer's folder, absolute ones from the folder of the importer's
 * organization and then from the workspace's root. A folder of the organization hides one of everybody's when it has an
 * `__init__.py`, and is joined with it otherwise. The child's finder (`_runtime/workspace.py`) does the same.
 */
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

  resolve(one: Import, importer: string): Resolved {
    if (!this.#known) return this.#resolve(one, importer)
    const from = one.level > 0 ? posix.dirname(importer) : ownFolderFor(one, importer)
    const key = JSON.stringify([
      from,
      ownerSlug(importer),
      one.level,
      one.module,
      one.names?.map(({ name }) => name) ?? null,
    ])
    const known = this.#known.get(key) ?? this.#resolve(one, importer)
    this.#known.set(key, known)
    return known
  }

  #resolve(one: Import, importer: string): Resolved {
    const own = ownFolderFor(one, importer)
    if (own !== null) return this.#resolveOwn(one, importer, own)
    let base = ''
    if (one.level > 0) {
      base = importer.includes('/') ? posix.dirname(importer) : ''
      for (let up = 1; up < one.level; up++) {
        if (base === '') return { ...nowhere(), lost: 'missing' }
        base = base.includes('/') ? posix.dirname(base) : ''
      }
    }
    return this.#resolveFrom(base, one, importer).resolved
  }

  #resolveOwn(one: Import, importer: string, own: string): Resolved {
    const { resolved: first, isOpen } = this.#resolveFrom(own, one, importer)
    const lacking = one.names?.filter(({ name }) => !first.submodules.has(name)) ?? null
    if (!isOpen || lacking?.length === 0) return first
    const { resolved: second } = this.#resolveFrom(
      '',
      first.module ? { ...one, names: lacking } : one,
      importer,
    )
    const candidates = [...first.candidates, ...second.candidates]
    if (first.module === null) return { ...second, candidates }
    if (second.module === null && second.lost !== 'foreign') return { ...first, candidates }
    return {
      ...first,
      files: [...first.files, ...second.files],
      behind: second.module,
      submodules: new Map([...second.submodules, ...first.submodules]),
      lost: second.lost,
      candidates,
    }
  }

  /** `isOpen`: only folders without `__init__.py` were found, and another root may have more of the same name. */
  #resolveFrom(base: string, one: Import, importer: string): { resolved: Resolved; isOpen: boolean } {
    const resolved = nowhere()
    const found = this.#walk(base, one.module === '' ? [] : one.module.split('.'), importer, resolved)
    const isOpen = resolved.lost !== 'foreign' && resolved.files.length === 0
    if (found === null) {
      const folder = posix.join(base, ...one.module.split('.'))
      for (const { name } of (resolved.lost === 'missing' && isOpen && one.names) || [])
        if (name !== '*') resolved.candidates.push(`${folder}/${name}/__init__.py`, `${folder}/${name}.py`)
      return { resolved, isOpen }
    }
    resolved.module = found.path
    for (const { name } of one.names ?? []) {
      if (name === '*' || found.isFile) continue
      const before = resolved.candidates.length
      const inner = this.#walk(found.path, [name], importer, resolved, false)
      if (inner) resolved.submodules.set(name, inner.path)
      // A name of a package is not a module by need.
      else if (resolved.lost === 'missing' && found.hasInit) resolved.lost = null
      if (inner) resolved.candidates.length = before
    }
    return { resolved, isOpen }
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
    isFirst = true,
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
        if (isFirst && index === 0) into.top = hasInit ? path : file
        if (!hasInit) into.candidates.push(init)
        if (hasInit) continue
        // `import a.b` of a file a.py finds no b.
        if (index < parts.length - 1) into.lost = 'missing'
        return index < parts.length - 1 ? null : { path: file, isFile: true, hasInit: false }
      }
      into.candidates.push(init, file)
      if (!isFolder(join(this.#root, path))) {
        into.lost = 'missing'
        // The folder may come with any of them.
        let below = path
        for (const deeper of parts.slice(index + 1)) {
          below = `${below}/${deeper}`
          into.candidates.push(`${below}/__init__.py`, `${below}.py`)
        }
        return null
      }
      if (isFirst && index === 0) into.top = path
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

const nowhere = (): Resolved => ({
  files: [],
  module: null,
  top: null,
  behind: null,
  submodules: new Map(),
  lost: null,
  candidates: [],
})

/** The folder that an import starts at before it starts at the workspace's root. */
function ownFolderFor({ module, level, isByName }: Import, importer: string): string | null {
  const first = module.split('.')[0] ?? ''
  const isPlain = level === 0 && !isByName && first !== 'bifrost' && !STANDARD_MODULES.has(first)
  return isPlain ? ownerFolder(importer) : null
}
