import type { SourceNote } from '@bifrost/contract'
import { noteIn } from './executables.ts'
import type { PythonImport } from './imports.ts'
import type { Installed } from './installed.ts'
import { isSdk, type Module, type Modules } from './modules.ts'
import { STANDARD_MODULES } from './standard-modules.ts'

const NOTES_MAX = 10

interface Missing {
  name: string
  /** Null: the file does without it. */
  note: SourceNote | null
  /** Where it could come to lie. */
  candidates: string[]
}

/** What files ask for, and nothing has: they fail when they are run, and until then they are listed. For one reading. */
export class MissingModules {
  readonly #modules: Modules
  readonly #installed: Installed
  readonly #known = new Map<string, Missing[]>()

  constructor(modules: Modules, installed: Installed) {
    this.#modules = modules
    this.#installed = installed
  }

  /** Of all these files. */
  in(paths: Iterable<string>): { notes: SourceNote[]; candidates: string[] } {
    const notes = new Map<string, SourceNote>()
    const candidates = new Set<string>()
    for (const path of paths)
      for (const { name, note, candidates: places } of this.#of(path)) {
        for (const place of places) candidates.add(place)
        if (note && !notes.has(name) && notes.size < NOTES_MAX) notes.set(name, note)
      }
    return { notes: [...notes.values()], candidates: [...candidates] }
  }

  #of(path: string): Missing[] {
    const known = this.#known.get(path)
    if (known) return known
    const module = this.#modules.module(path)
    const found = module ? module.imports.flatMap((one) => this.#missing(one, module)) : []
    this.#known.set(path, found)
    return found
  }

  #missing(one: PythonImport, module: Module): Missing[] {
    if (one.level === 0 && (isSdk(one.module) || STANDARD_MODULES.has(one.module.split('.')[0] ?? '')))
      return []
    const { lost, candidates, module: found } = this.#modules.paths.resolve(one, module.path)
    if (lost !== 'missing') return []
    const name = '.'.repeat(one.level) + one.module
    const isOwn = one.level > 0 || found !== null || isBelowOwn(one.module, module.path, this.#modules)
    const isThere = one.isOptional || (!isOwn && this.#installed.has(one.module))
    return [{ name, note: isThere ? null : noteIn(module, missingText(name, isOwn), one.at), candidates }]
  }
}

/** `modules.gone` of a folder `modules`. */
const isBelowOwn = (module: string, importer: string, modules: Modules): boolean =>
  module.includes('.') &&
  modules.paths.resolve({ module: module.split('.')[0] as string, level: 0, names: null }, importer).lost ===
    null

const missingText = (name: string, isOwn: boolean): string =>
  isOwn
    ? `The workspace has no module "${name}", or not all that is imported from it. A run fails when it comes to this import.`
    : `The module "${name}" is not in the workspace, and requirements.txt or pyproject.toml does not list it. A run fails when it comes to this import, unless it is installed.`
