import type { Stats } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { SourceMap } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { limits } from '@bifrost/contract'
import { mayUseFile } from '../../platform/file-owner.ts'
import type { BundleInput } from '../types.ts'
import type { BundlePaths } from './bundle-paths.ts'
import { CODE_NAMESPACE } from './bundle-source-map.ts'
import { isInside } from './inside.ts'
import type { Instrumented } from './instrument.ts'
import type { Progress } from './progress.ts'

/** What one build knows and learns. */
export class BundleState {
  readonly paths: BundlePaths
  /** Inline code, when that is what is bundled. */
  readonly code: string | null
  /** The organization, by its slug, whose code it is; null: everybody's. */
  readonly owner: string | null
  /** Files that an import may have, as it was resolved, with the file that imported each first; null: the entry. */
  readonly admitted = new Map<string, string | null>()
  /** Folders of packages that are linked from elsewhere. */
  readonly linked = new Set<string>()
  readonly inputs = new Map<string, BundleInput>()
  /** By the importer as esbuild names it. */
  readonly requiredImports = new Map<string, ReadonlySet<string>>()
  /** React components that screens show, by their path, with the file that names them. */
  readonly screens = new Map<string, { importer: string; line: number; column: number }>()
  /** The author's files as they were read, to show the line of a later error. */
  readonly sources = new Map<string, string>()
  readonly #maps = new Map<string, Instrumented['map']>()

  readonly progress: Progress
  #bytes = 0
  #sourceBytes = 0

  constructor(paths: BundlePaths, code: string | null, owner: string | null, progress: Progress) {
    this.progress = progress
    this.paths = paths
    this.code = code
    this.owner = owner
  }

  /** An import of `importer` may have this file. */
  admit(file: string, importer: string | null): void {
    if (!this.admitted.has(file)) this.admitted.set(file, importer)
  }

  /** The bundle is made of an author's file, whatever its kind. */
  noteInput(path: string, { mtimeMs, size }: Pick<Stats, 'mtimeMs' | 'size'>): void {
    const importer = this.admitted.get(path)
    this.inputs.set(path, { path, mtimeMs, size, ...(importer ? { importer } : {}) })
  }

  /** Why a file of `user` must not take one of everybody's by name: what is taken of those is code, and is not shown. */
  refuseEverybodys(user: string | null, real: string, specifier: string, isCode: boolean): string | null {
    const isEverybodys = this.paths.isOwn(real) && this.paths.ownerOf(real) === null
    return user !== null && isEverybodys && !isCode ? notCodeText(specifier) : null
  }

  /**
   * Why a file must not be part of the bundle that no import asks for by name: a pattern such as `import(`./${x}.ts`)`
   * takes what it finds, past all that looks at imports. Null when it may.
   */
  async refuseUnasked(file: string, isCode: boolean): Promise<string | null> {
    if (this.admitted.has(file)) return null
    const real = await realpath(file)
    const owner = this.paths.ownerOf(real)
    const isOwn = this.paths.isOwn(real)
    // Without a name: no import asks for this very file, and its author may not learn that it exists.
    if (!mayUseFile(this.owner, owner))
      return 'A pattern in an import matches files that this code may not use.'
    if (isOwn && this.owner !== null && owner === null && !isCode) return notCodeText(this.paths.shown(file))
    if (isOwn || this.paths.isInstalled(real)) return null
    return [...this.linked].some((root) => isInside(root, real))
      ? null
      : 'A pattern in an import matches files outside of the workspace.'
  }

  /**
   * Whether a file is one of a package that is linked from elsewhere, and imported by its name or from a file of it.
   * Installed for the whole workspace it must be: a name alone may lead anywhere, by the paths of a tsconfig.json, the
   * `main` of a package.json or a link in an organization's folder.
   */
  isOfLinkedPackage(real: string, specifier: string, importer: string): boolean {
    const isName = !specifier.startsWith('.') && !specifier.startsWith('#') && !isAbsolute(specifier)
    const named = isName ? this.paths.linkedPackage(specifier) : null
    const from = named ?? [...this.linked].find((folder) => isInside(folder, importer))
    if (!from || !isInside(from, real)) return false
    this.linked.add(from)
    return true
  }

  /** Why a file cannot be read into the bundle: it is none, such as a pipe, or one too many. */
  refuseSize(file: string, found: Pick<Stats, 'size' | 'isFile'>): string | null {
    if (!found.isFile()) return `"${this.paths.shown(file)}" is not a file.`
    this.#bytes += found.size
    return this.#bytes <= limits.bundleInputBytesMax
      ? null
      : `The code and what it imports are more than ${limits.bundleInputBytesMax / 1024 ** 2} MB. Import less, or read data with "files".`
  }

  /** Keeps the text of an author's file, unless there is no room or the database cannot hold it. */
  noteSource(path: string, text: string): void {
    this.#sourceBytes += Buffer.byteLength(text)
    if (this.#sourceBytes > limits.codeSourceBytesMax || text.includes('\0')) return
    this.sources.set(path, text)
  }

  noteInstrumented(path: string, isCode: boolean, { map, requiredImports, screens }: Instrumented): void {
    for (const { path: screen, line, column } of screens)
      this.screens.set(screen, { importer: path, line, column })
    const source = isCode ? `${CODE_NAMESPACE}:${path}` : path
    this.#maps.set(source, map)
    this.requiredImports.set(isCode ? path : join(this.paths.root, path), requiredImports)
  }

  /** The author's line and column (from 1) of a place in the instrumented source (line from 1, column from 0). */
  authorPosition(source: string, line: number, column: number): { line: number; column: number } {
    const map = this.#maps.get(source)
    if (!map) return { line, column: column + 1 }
    const payload = { ...map, file: source, sourceRoot: '', sourcesContent: [], version: 3 }
    const entry = new SourceMap(payload).findEntry(line - 1, column)
    if (!('originalLine' in entry)) return { line, column: 1 }
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 }
  }
}

const notCodeText = (file: string): string =>
  `"${file}" is not code: from global files, an organization's files may import only code.`
