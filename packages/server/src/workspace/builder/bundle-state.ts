import { realpath } from 'node:fs/promises'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { foreignFileText, mayUseFile } from '../../platform/file-owner.ts'
import type { BundleInput } from '../types.ts'
import { type BundlePaths, isInside } from './bundle-paths.ts'
import { CODE_NAMESPACE } from './bundle-source-map.ts'
import type { Instrumented } from './instrument.ts'

/** What one build knows and learns. */
export class BundleState {
  readonly paths: BundlePaths
  /** Inline code, when that is what is bundled. */
  readonly code: string | null
  /** The organisation, by its slug, whose code it is; null: everybody's. */
  readonly owner: string | null
  /** Files that an import may have, as it was resolved. */
  readonly admitted = new Set<string>()
  /** Folders of packages that are linked from elsewhere. */
  readonly linked = new Set<string>()
  readonly inputs = new Map<string, BundleInput>()
  /** By the importer as esbuild names it. */
  readonly requiredImports = new Map<string, ReadonlySet<string>>()
  /** React components that screens show, by their path, with the file that names them. */
  readonly screens = new Map<string, { importer: string; line: number; column: number }>()
  readonly #maps = new Map<string, Instrumented['map']>()

  constructor(paths: BundlePaths, code: string | null, owner: string | null) {
    this.paths = paths
    this.code = code
    this.owner = owner
  }

  /**
   * Why a file must not be part of the bundle that nobody has asked for by name: a pattern such as `import(`./${x}.ts`)`
   * takes what it finds, past all that looks at imports. Null when it may.
   */
  async refuseUnasked(file: string, isCode: boolean): Promise<string | null> {
    if (this.admitted.has(file)) return null
    const real = await realpath(file)
    const owner = this.paths.ownerOf(real)
    const isOwn = this.paths.isOwn(real)
    if (!mayUseFile(this.owner, owner)) return foreignFileText(this.paths.shown(file))
    if (isOwn && this.owner !== null && owner === null && !isCode)
      return `"${this.paths.shown(file)}" is not code: an organisation's files may import code of everybody's files alone.`
    if (isOwn || this.paths.isInstalled(real)) return null
    return [...this.linked].some((root) => isInside(root, real))
      ? null
      : 'A pattern in an import leads out of the workspace.'
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
