import { existsSync } from 'node:fs'
import { limits, type SourceNote } from '@bifrost/contract'
import ts from 'typescript'
import { foreignFileText, mayUseFile, ownerSlug } from '../../platform/file-owner.ts'
import type { AnalyzedFile, Executable } from '../types.ts'
import { ExecutableReader } from './executables.ts'
import { ImportGraph } from './import-graph.ts'
import type { Refusal } from './messages.ts'
import { isOptionalImport } from './optional-import.ts'
import { type Progress, silent } from './progress.ts'
import { Project } from './project.ts'
import { namedScreens, resolveComponent } from './screen-components.ts'
import { SdkSymbols } from './sdk-symbols.ts'
import { isPython, isScanned, listScanned, noteOfFile, TOO_DEEP } from './source-files.ts'
import { unresolvedText } from './unresolved-import.ts'

/** A change of one of these may change what every import means. */
const CHANGES_EVERYTHING = /(^|\/)(tsconfig[^/]*\.json|package\.json|package-lock\.json)$/

/** Why a file cannot be used. `unreadable`: nothing can be said of what is in it. */
interface Broken {
  note: SourceNote
  unreadable: boolean
}

/** Reads the workflows of one owner (an organization by its slug; null: everybody's), and again what a change touches. */
export class Analyzer {
  readonly #project: Project
  readonly #owner: string | null
  readonly #progress: Progress
  #graph: ImportGraph | null = null

  constructor(workspaceDir: string, owner: string | null = null, progress: Progress = silent) {
    this.#project = new Project(workspaceDir, owner, progress)
    this.#owner = owner
    this.#progress = progress
  }

  /**
   * Reads all files of the owner, or the changed ones and what depends on them. Files that are gone are not in the
   * answer: a path of `changed` that is missing there defines nothing any more. Without `changed` the answer is all that
   * the owner has. `refused` are files that do harm: they are taken as empty.
   */
  analyze(saved?: readonly string[], refused: readonly Refusal[] = []): AnalyzedFile[] {
    const project = this.#project
    const changed = [...(saved ?? []), ...project.refuse(refused)]
    if (!saved || changed.some((path) => CHANGES_EVERYTHING.test(path))) {
      const listed = listScanned(project.root, this.#owner)
      const paths = listed.paths.filter((path) => !isPython(path))
      const tooMany = listed.tooMany && !isPython(listed.tooMany.path) ? listed.tooMany : null
      this.#graph = this.#newGraph()
      project.reset(paths)
      const files = this.#read(paths)
      return tooMany ? [...files, { path: tooMany.path, error: tooMany, executables: [] }] : files
    }
    // A process that was just started takes in no more than what this change touches.
    if (this.#graph) this.#graph.update(changed)
    else this.#graph = this.#newGraph()
    const wanted = [...this.#graph.withDependents(changed)].filter(
      (path) => isScanned(path) && !isPython(path) && ownerSlug(path) === this.#owner,
    )
    project.update(changed, wanted)
    return this.#read(wanted)
  }

  /** What a file would say if it had this text; nothing is kept of it. */
  preview(path: string, text: string, refused: readonly Refusal[] = []): AnalyzedFile {
    const project = this.#project
    project.pretend(path, text)
    try {
      project.update([path, ...project.refuse(refused)], [path])
      return this.#read([path])[0] ?? { path, error: null, executables: [] }
    } finally {
      project.pretend(path, null)
      project.update([path], existsSync(project.fileOf(path)) ? [path] : [])
    }
  }

  /** Type errors of the files that define workflows, and of the workspace files that these use. */
  typeErrors(refused: readonly Refusal[] = []): SourceNote[] {
    const project = this.#project
    const files = this.analyze(undefined, refused)
    const notes = files.flatMap((file) => (file.error ? [file.error] : []))
    const wanted = reachable(
      files.filter((file) => file.executables.length > 0).map((file) => file.path),
      (path) => this.#importsOf(path),
    )
    for (const path of wanted) {
      const file = project.program.getSourceFile(project.fileOf(path))
      if (!file || this.#syntaxError(path, file)) continue
      this.#progress(path)
      for (const diagnostic of project.program.getSemanticDiagnostics(file))
        notes.push(noteOf(diagnostic, file, path))
    }
    this.#progress('')
    return notes
  }

  #newGraph(): ImportGraph {
    return new ImportGraph(this.#project.root, this.#owner)
  }

  #read(paths: readonly string[]): AnalyzedFile[] {
    const broken = this.#brokenFiles()
    let reader = this.#newReader()
    const files: AnalyzedFile[] = []
    for (const path of paths.toSorted()) {
      this.#progress(path)
      try {
        const file = this.#readFile(path, reader, broken)
        if (file) files.push(withinSize(file))
      } catch (error) {
        files.push({ path, error: noteOfFile(path, unreadable(error)), executables: [] })
        // What the checker had begun to work out when it was broken off would be wrong for the files after it.
        this.#project.renew()
        reader = this.#newReader()
      }
    }
    this.#progress('')
    return files
  }

  #newReader(): ExecutableReader {
    const { program, sdkFile } = this.#project
    return new ExecutableReader(program, new SdkSymbols(program, sdkFile))
  }

  #readFile(path: string, reader: ExecutableReader, broken: Map<string, Broken>): AnalyzedFile | null {
    const file = this.#project.program.getSourceFile(this.#project.fileOf(path))
    if (!file) return null
    const own = broken.get(path)
    if (own?.unreadable) return { path, error: own.note, executables: [] }
    const executables = reader.read(file, path)
    if (executables.length === 0) return { path, error: own?.note ?? null, executables }
    const uses = this.#usedOfNobody(path)
    // A helper that is broken keeps the file from running, though it is in order itself.
    const problem = own?.note ?? (broken.size > 0 ? this.#brokenHelper(path, broken) : null)
    return {
      path,
      error: null,
      executables: executables.map((one) => withError(one, problem)),
      ...(uses.length > 0 && { uses }),
    }
  }

  /** All files of the program that cannot be used as they are. */
  #brokenFiles(): Map<string, Broken> {
    const project = this.#project
    const broken = new Map<string, Broken>()
    for (const file of project.program.getSourceFiles()) {
      const path = project.pathOf(file.fileName)
      if (path === null) continue
      const problem = project.problemOf(path)
      const unreadable = problem ? noteOfFile(path, problem) : this.#syntaxError(path, file)
      const note = unreadable ?? this.#lostImport(path, file)
      if (note) broken.set(path, { note, unreadable: unreadable !== null })
    }
    for (const file of project.program.getSourceFiles()) {
      const path = project.pathOf(file.fileName)
      const note = path !== null && !broken.has(path) ? this.#brokenScreen(path, file, broken) : null
      if (path !== null && note) broken.set(path, { note, unreadable: false })
    }
    return broken
  }

  /** A screen whose component is not there, or is broken itself. */
  #brokenScreen(path: string, file: ts.SourceFile, broken: Map<string, Broken>): SourceNote | null {
    this.#progress(path)
    for (const { specifier, start } of namedScreens(path, file.text)) {
      const resolved = resolveComponent(
        path,
        specifier,
        (own) => mayUseFile(ownerSlug(path), ownerSlug(own)) && existsSync(this.#project.fileOf(own)),
      )
      if ('path' in resolved) {
        const problem = broken.get(resolved.path)
        if (problem) return problem.note
        continue
      }
      const { line, character } = file.getLineAndCharacterOfPosition(start)
      return { message: resolved.problem, path, line: line + 1, column: character + 1 }
    }
    return null
  }

  #syntaxError(path: string, file: ts.SourceFile): SourceNote | null {
    const [first] = this.#project.program.getSyntacticDiagnostics(file).toSorted((a, b) => a.start - b.start)
    return first ? noteOf(first, file, path, 'Syntax error: ') : null
  }

  #lostImport(path: string, file: ts.SourceFile): SourceNote | null {
    const lost = this.#project
      .importsOf(path)
      .lost.find((literal) => this.#project.isForeign(literal) || !isOptionalImport(literal))
    if (!lost) return null
    const { line, character } = file.getLineAndCharacterOfPosition(lost.getStart(file))
    const message = this.#project.isForeign(lost) ? foreignFileText(lost.text) : unresolvedText(lost.text)
    return { message, path, line: line + 1, column: character + 1 }
  }

  #brokenHelper(path: string, broken: Map<string, Broken>): SourceNote | null {
    for (const helper of reachable([path], (one) => this.#importsOf(one))) {
      const problem = broken.get(helper)
      if (problem) return problem.note
    }
    return null
  }

  /** The files of no organization that an organization's file uses, directly or not. */
  #usedOfNobody(path: string): string[] {
    if (this.#owner === null) return []
    return [...reachable([path], (one) => this.#importsOf(one))].filter((one) => ownerSlug(one) === null)
  }

  #importsOf(path: string): string[] {
    return this.#project.importsOf(path).files.flatMap((file) => this.#project.pathOf(file) ?? [])
  }
}

export const createAnalyzer = (workspaceDir: string, owner: string | null, progress: Progress): Analyzer =>
  new Analyzer(workspaceDir, owner, progress)

const unreadable = (error: unknown): string =>
  error instanceof RangeError
    ? TOO_DEEP
    : 'This file could not be read: it contains code that cannot be analyzed.'

/** An answer that is shown in lists and kept in memory cannot be as large as a type can. */
function withinSize(file: AnalyzedFile): AnalyzedFile {
  if (JSON.stringify(file.executables).length <= limits.analyzedFileBytesMax) return file
  const message = `This file could not be read: its workflows have more fields and options than fit into ${limits.analyzedFileBytesMax / 1024} KB. Make their types smaller.`
  return { path: file.path, error: noteOfFile(file.path, message), executables: [] }
}

function reachable(from: readonly string[], importsOf: (path: string) => string[]): Set<string> {
  const found = new Set(from)
  for (const path of found) for (const next of importsOf(path)) found.add(next)
  return found
}

const withError = (executable: Executable, problem: SourceNote | null): Executable => ({
  ...executable,
  error: executable.error ?? problem,
})

function noteOf(
  { messageText, start }: Pick<ts.Diagnostic, 'messageText' | 'start'>,
  file: ts.SourceFile,
  path: string,
  prefix = '',
): SourceNote {
  const { line, character } = file.getLineAndCharacterOfPosition(start ?? 0)
  const message = prefix + ts.flattenDiagnosticMessageText(messageText, '\n')
  return { message, path, line: line + 1, column: character + 1 }
}
