import { limits, type SourceNote } from '@bifrost/contract'
import { foreignFileText, ownerSlug } from '../../../platform/file-owner.ts'
import type { AnalyzedFile, Executable } from '../../types.ts'
import { realOf } from '../look.ts'
import type { Refusal } from '../messages.ts'
import type { Progress } from '../progress.ts'
import { silent } from '../progress.ts'
import { isPython, isScanned, listScanned, noteOfFile, REQUIREMENTS, TOO_DEEP } from '../source-files.ts'
import { walkFiles } from '../source-walk.ts'
import { reachableFrom } from './durable.ts'
import { noteIn, PythonReader } from './executables.ts'
import { Installed } from './installed.ts'
import { MissingModules } from './missing.ts'
import { filesOf, type Module, Modules } from './modules.ts'

const FILES_MAX = limits.globalSourceFilesMax + limits.sourceFilesMax

/** Reads the Python workflows of one owner from their source: no Python runs, and none has to be there. */
export class PythonAnalyzer {
  readonly #modules: Modules
  readonly #owner: string | null
  readonly #progress: Progress
  readonly #root: string
  /** In this reading: what keeps files from being loaded. */
  readonly #lostOf = new Map<string, SourceNote | 'nothing'>()
  /** By file, the files that it uses or would use if they were there; null until they were looked at. */
  #targets: Map<string, ReadonlySet<string>> | null = null

  constructor(workspaceDir: string, owner: string | null = null, progress: Progress = silent) {
    this.#root = realOf(workspaceDir) ?? workspaceDir
    this.#owner = owner
    this.#progress = progress
    this.#modules = new Modules(this.#root, progress)
  }

  /** Reads all files of the owner, or the changed ones and what depends on them; as the analyzer of TypeScript does. */
  analyze(saved?: readonly string[], refused: readonly Refusal[] = []): AnalyzedFile[] {
    this.#modules.refuse(refused)
    if (!saved || saved.some((path) => REQUIREMENTS.test(path))) {
      const { paths, tooMany } = listScanned(this.#root, this.#owner)
      this.#targets = null
      const files = this.#read(paths.filter(isPython))
      return tooMany && isPython(tooMany.path)
        ? [...files, { path: tooMany.path, error: tooMany, executables: [] }]
        : files
    }
    const changed = saved.filter(isPython)
    if (changed.length === 0) return []
    const wanted = [...this.#withDependents(changed)].filter(
      (path) => isScanned(path) && ownerSlug(path) === this.#owner,
    )
    return this.#read(wanted)
  }

  /** What a file would say if it had this text; nothing is kept of it. */
  preview(path: string, text: string, refused: readonly Refusal[] = []): AnalyzedFile {
    this.#modules.refuse(refused)
    this.#modules.pretend(path, text)
    try {
      return this.#read([path])[0] ?? { path, error: null, executables: [] }
    } finally {
      this.#modules.pretend(path, null)
    }
  }

  #read(paths: readonly string[]): AnalyzedFile[] {
    return this.#modules.during(() => this.#readAll(paths))
  }

  #readAll(paths: readonly string[]): AnalyzedFile[] {
    const reader = new PythonReader(this.#modules)
    const missing = new MissingModules(this.#modules, new Installed(this.#root, this.#owner))
    this.#lostOf.clear()
    const files: AnalyzedFile[] = []
    for (const path of paths.toSorted()) {
      this.#progress(path)
      try {
        const module = this.#modules.module(path)
        if (module) files.push(this.#file(module, reader, missing))
      } catch (error) {
        files.push({
          path,
          error: noteOfFile(path, error instanceof RangeError ? TOO_DEEP : UNREADABLE),
          executables: [],
        })
      }
    }
    this.#progress('')
    this.#modules.forgetTrees()
    return files
  }

  #file(module: Module, reader: PythonReader, modules: MissingModules): AnalyzedFile {
    const { path } = module
    const error = problemOf(module)
    if (error || !module.mayDefine) return { path, error, executables: [] }
    const executables = reader.read(module)
    if (executables.length === 0) return { path, error: null, executables }
    const reached = reachableFrom([path], this.#modules)
    const lost = this.#lost(reached)
    const missing = modules.in(reached)
    const uses =
      this.#owner === null ? [] : [...reached, ...missing.candidates].filter((one) => ownerSlug(one) === null)
    const file: AnalyzedFile = {
      path,
      error: null,
      executables: executables.map(
        (one): Executable => ({
          ...one,
          error: lost ?? one.error,
          warnings: [...one.warnings, ...missing.notes],
        }),
      ),
      ...(uses.length > 0 && { uses }),
    }
    return withinSize(file)
  }

  /** Why something that a file imports at its own level cannot be: that is certain to end each of its runs. */
  #lost(reached: ReadonlySet<string>): SourceNote | null {
    for (const path of reached) {
      const lost = this.#lostOf.get(path) ?? this.#findLost(path)
      this.#lostOf.set(path, lost)
      if (lost !== 'nothing') return lost
    }
    return null
  }

  #findLost(path: string): SourceNote | 'nothing' {
    const module = this.#modules.module(path)
    for (const one of module?.imports ?? []) {
      if (module && this.#modules.paths.resolve(one, path).lost === 'foreign')
        return noteIn(module, foreignFileText('.'.repeat(one.level) + one.module), one.at)
      if (one.isInner || one.isOptional) continue
      for (const used of filesOf(one, path, this.#modules)) {
        const helper = this.#modules.module(used)
        const problem = helper && problemOf(helper, false)
        if (problem) return problem
      }
    }
    return 'nothing'
  }

  #withDependents(changed: readonly string[]): Set<string> {
    const targets = this.#targets ?? this.#readTargets()
    for (const path of changed) this.#note(path, targets)
    const users = new Map<string, string[]>()
    for (const [path, used] of targets)
      for (const one of used) {
        const list = users.get(one)
        if (list) list.push(path)
        else users.set(one, [path])
      }
    const found = new Set(changed)
    for (const path of found) for (const user of users.get(path) ?? []) found.add(user)
    return found
  }

  #readTargets(): Map<string, ReadonlySet<string>> {
    const targets = new Map<string, ReadonlySet<string>>()
    const all = walkFiles({
      root: this.#root,
      owner: this.#owner,
      withEverybodys: true,
      enters: (name) => name !== 'node_modules' && name !== 'site-packages' && !name.startsWith('.'),
      takes: isPython,
    })
    for (const path of all.slice(0, FILES_MAX)) this.#note(path, targets)
    this.#targets = targets
    return targets
  }

  #note(path: string, targets: Map<string, ReadonlySet<string>>): void {
    const module = this.#modules.module(path)
    if (!module) {
      targets.delete(path)
      return
    }
    const used = new Set<string>(this.#modules.paths.packagesOf(path))
    for (const one of module.imports) {
      const { candidates } = this.#modules.paths.resolve(one, path)
      for (const file of [...filesOf(one, path, this.#modules), ...candidates]) used.add(file)
    }
    targets.set(path, used)
  }
}

export const createPythonAnalyzer = (
  root: string,
  owner: string | null,
  progress: Progress,
): PythonAnalyzer => new PythonAnalyzer(root, owner, progress)

const UNREADABLE = 'This file could not be read: it has something that cannot be analyzed.'

/** What keeps Python from loading a file. `parse`: look at all of it, where that may be worth its time. */
function problemOf(module: Module, parse = module.mayDefine): SourceNote | null {
  if (module.problem !== null) return noteOfFile(module.path, module.problem)
  const problem = module.mistake ?? (parse ? module.parsed()?.problem : null)
  if (!problem) return null
  const first = module.mistake && parse ? (module.parsed()?.problem ?? problem) : problem
  return noteIn(module, `Syntax error: ${first.message}.`, first.at)
}

/** An answer that is shown in lists and kept in memory cannot be as large as a type can. */
function withinSize(file: AnalyzedFile): AnalyzedFile {
  if (JSON.stringify(file.executables).length <= limits.analyzedFileBytesMax) return file
  const message = `This file could not be read: its workflows have more fields and options than fit into ${limits.analyzedFileBytesMax / 1024} KB. Make their types smaller.`
  return { path: file.path, error: noteOfFile(file.path, message), executables: [] }
}
